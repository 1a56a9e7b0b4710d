using System.Collections.Immutable;
using System.Globalization;
using VoiceCluster.LoadGen.Bench;

namespace VoiceCluster.LoadGen.Spans;

/// <summary>The table of a run, for the terminal and for the page of measurements.</summary>
internal static class SpanSection
{
    private const string Note =
        "One channel, its users spread over all nodes, every speaker at 50 packets a second. \"Said\" is what the speakers of a node have sent, \"datagrams out\" are copies for " +
        "listeners and packets for other nodes, and \"to node\" is how many packets this node sealed for that one: each that it took of its own users goes over once, however many listen " +
        "there. CPU time is that of the whole process, its links included. Nodes, database and load share the machine.";

    /// <summary>Makes the table.</summary>
    public static BenchSection Of(SpanResult result) => new(
        "One channel over several nodes",
        Note,
        [
            "node", "users", "speakers", "said", "CPU, s", "of a core", "datagrams in", "datagrams out", "ns per datagram out",
            .. result.Nodes.Select(node => $"to {node.Name}"), "dropped", "p50 / p99, ms",
        ],
        [.. result.Nodes.Select(node => Row(result, node))],
        []);

    /// <summary>What is to be said of it.</summary>
    public static string Verdict(SpanResult result)
    {
        var crossings = result.Crossings.ToList();
        var listeners = result.Listeners;
        var expected = result.Accepted * listeners.Length;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{crossings.Count(crossing => crossing.IsOnce)} of {crossings.Count} pairs of nodes were crossed once by each packet ({crossings.Sum(crossing => crossing.Sent):#,0} packets " +
            $"sealed, {crossings.Sum(crossing => crossing.Sent - crossing.Received):#,0} lost); {listeners.Length} listeners heard " +
            $"{listeners.Sum(listener => listener.Heard):#,0} of {expected:#,0} frames, {listeners.Sum(listener => listener.Doubled):#,0} of them twice, {listeners.Sum(listener => listener.Wrong):#,0} wrong");
    }

    private static ImmutableArray<string> Row(SpanResult result, SpanNode node)
    {
        var delays = result.Listeners.Where(listener => listener.Node == node.Name).Select(listener => listener.Delay).ToList();
        return
        [
            node.Name, Text(node.Users), Text(node.Speakers), Text(node.Said),
            node.Cpu.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture),
            (node.Cpu / result.Duration).ToString("P1", CultureInfo.InvariantCulture),
            Text(node.Received), Text(node.Sent), node.NanosecondsPerDatagram.ToString("#,0", CultureInfo.InvariantCulture),
            .. result.Nodes.Select(other => other == node ? "-" : Text(node.RelayedTo(other.Name).Sent)),
            Text(node.Drops.Values.Sum()),
            delays.Count == 0 ? "-" : $"{Milliseconds(delays.Max(delay => delay.Half))} / {Milliseconds(delays.Max(delay => delay.NearlyAll))}",
        ];
    }

    private static string Text(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture);
}
