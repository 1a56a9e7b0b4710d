using System.Text;
using System.Text.Json;
using VoiceCluster.Node.Configuration;

namespace VoiceCluster.Node.Composition;

/// <summary>What this node tells the others of itself in its row, as a JSON object; others skip what they do not know.</summary>
internal sealed class NodeDescription(NodeOptions options, NodeListeners listeners)
{
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

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }
}
