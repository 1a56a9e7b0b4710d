using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using VoiceCluster.Gateways.NodeLinks;
using VoiceCluster.Node.Configuration;

namespace VoiceCluster.Node.Composition;

/// <summary>What this node tells the others of itself in its row, as a JSON object; others skip what they do not know.</summary>
internal sealed class NodeDescription(NodeOptions options, NodeListeners listeners, IServiceProvider services)
{
    /// <summary>The member with the host and port that take links.</summary>
    public const string LinkMember = "link";

    public string Write()
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteString("release", NodeVersion.Text);
            json.WriteString("region", options.Node.Region);
            if (listeners.IsOpen)
            {
                json.WriteString("endpoint", listeners.PublicEndpoint(options.Voice).ToString());
            }

            if (LinkAddress() is { } link)
            {
                json.WriteString(LinkMember, link.ToString());
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }

    private HostAndPort? LinkAddress()
    {
        var endpoint = services.GetService<NodeLinkListener>()?.Endpoint;
        return options.Cluster.Advertise ?? (endpoint is null ? null : new HostAndPort(endpoint.Address.ToString(), endpoint.Port));
    }
}
