using VoiceCluster.Media;
using VoiceCluster.Media.Workers;

namespace VoiceCluster.EndToEnd.Tests.Support;

/// <summary>What nodes dropped, and how their relays fared: for whoever reads the failure of a test that counts packets.</summary>
internal static class NodeLosses
{
    private static readonly string[] Metrics =
        ["voicecluster_media_drops", "voicecluster_media_socket", "voicecluster_media_relay_packets", "voicecluster_media_plans_refused"];

    /// <summary>Of a node in this process, whose metrics are mixed up with those of the others in it.</summary>
    public static string Read(MediaPlane plane) => string.Join('\n', plane.ReadStatistics().Select((worker, index) =>
    {
        var reasons = Enum.GetValues<PacketDropReason>().Where(reason => worker.Dropped(reason) > 0).Select(reason => $"{reason} {worker.Dropped(reason)}");
        return $"worker {index}: in {worker.PacketsIn}, forwarded {worker.Forwarded}, out {worker.PacketsOut}, dropped [{string.Join(", ", reasons)}], "
            + $"receive buffer full {worker.ReceiveOverflows}, send buffer full {worker.SendBufferFull}, not sent {worker.SendFailures}";
    }).Concat(plane.ReadRelayLinks().SelectMany(links => links.Select(link => link.ToString()))));

    /// <summary>Of a node in a process of its own: all counts that are not 0, a line each.</summary>
    public static async Task<string> ReadAsync(SeparateNode node)
    {
        try
        {
            var lines = (await node.AdminPort.MetricsAsync()).Split('\n');
            return $"{node.Admin}:\n{string.Join('\n', lines.Where(line => Metrics.Any(line.StartsWith) && !line.EndsWith(" 0", StringComparison.Ordinal)))}";
        }
        catch (HttpRequestException error)
        {
            return $"{node.Admin}: {error.Message}";
        }
    }
}
