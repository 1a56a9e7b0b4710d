using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Gateways.NodeLinks;
using VoiceCluster.Media;
using VoiceCluster.Node.Configuration;
using VoiceCluster.Node.Health;

namespace VoiceCluster.Node.Composition;

/// <summary>What this node tells the others of itself in its row, as a JSON object; others skip what they do not know.</summary>
/// <remarks><see cref="MemberDescription"/> reads it.</remarks>
internal sealed class NodeDescription(NodeOptions options, NodeListeners listeners, NodeHealth health, IServiceProvider services)
{
    /// <summary>The member with an address and port for each worker, by index, that take media of other workers.</summary>
    public const string RelayMember = "relay";

    public string Write()
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteString("release", NodeVersion.Text);
            json.WriteNumber(MemberDescription.ProcessMember, services.GetRequiredService<EntityHost>().Process.Incarnation);
            json.WriteString("region", options.Node.Region);
            if (listeners.IsOpen)
            {
                json.WriteString("endpoint", listeners.PublicEndpoint(options.Voice).ToString());
            }

            if (LinkAddress() is { } link)
            {
                json.WriteString("link", link.ToString());
                WriteRelay(json);
            }

            MemberDescription.Write(json, health.Report);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }

    private void WriteRelay(Utf8JsonWriter json)
    {
        if (options.Cluster.RelayAddress is not { } address)
        {
            return;
        }

        json.WriteStartArray(RelayMember);
        foreach (var port in services.GetRequiredService<MediaPlane>().ReadRelayPorts())
        {
            json.WriteStringValue(new IPEndPoint(address, port).ToString());
        }

        json.WriteEndArray();
    }

    private HostAndPort? LinkAddress()
    {
        var endpoint = services.GetService<NodeLinkListener>()?.Endpoint;
        return options.Cluster.Advertise ?? (endpoint is null ? null : new HostAndPort(endpoint.Address.ToString(), endpoint.Port));
    }
}
