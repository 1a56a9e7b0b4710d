using VoiceCluster.LoadGen.Bench;

namespace VoiceCluster.LoadGen.Scaling;

/// <summary>What a simulation found.</summary>
/// <param name="Options">What was simulated.</param>
/// <param name="Phases">One after the other.</param>
/// <param name="Relay">Relay traffic before the crowd came.</param>
/// <param name="RelayWithCrowd">Relay traffic at the end.</param>
/// <param name="ShardsPerNode">Shards of each node that has any.</param>
internal sealed record ScalingResult(
    ScalingOptions Options,
    IReadOnlyList<ScalingPhase> Phases,
    RelayFigures Relay,
    RelayFigures RelayWithCrowd,
    int[] ShardsPerNode)
{
    /// <summary>From this load on a node counts as overloaded.</summary>
    public const double Overloaded = 0.8;
}

/// <summary>One phase of a simulation.</summary>
/// <param name="Name">What happens in it.</param>
/// <param name="Seconds">How long it lasts.</param>
/// <param name="Users">Users in channels at its end.</param>
/// <param name="Loads">Load of each node that takes users, at its end; ascending.</param>
/// <param name="Counts">What happened.</param>
internal sealed record ScalingPhase(string Name, int Seconds, int Users, double[] Loads, ScalingCounts Counts)
{
    /// <summary>The load that a share of the nodes, in percent, does not exceed.</summary>
    public double Percentile(double percent) => Statistics.NearestRank(Loads, percent);
}

/// <summary>How channels lie over nodes, and the copies that this costs.</summary>
/// <param name="Channels">Channels with users.</param>
/// <param name="OnOneWorker">Those on one worker.</param>
/// <param name="OnOneNode">Those on one node.</param>
/// <param name="MostNodes">Nodes of the channel with the most.</param>
/// <param name="PacketsIn">Datagrams per second from all talkers.</param>
/// <param name="PacketsOut">Datagrams per second to all listeners.</param>
/// <param name="RelayCopies">Datagrams per second between workers.</param>
/// <param name="NodePairs">Pairs of nodes that share a channel.</param>
internal sealed record RelayFigures(
    int Channels,
    int OnOneWorker,
    int OnOneNode,
    int MostNodes,
    double PacketsIn,
    double PacketsOut,
    double RelayCopies,
    int NodePairs)
{
    public static RelayFigures Of(SimulatedCluster cluster, ScalingOptions options)
    {
        var used = cluster.Channels.Where(channel => channel.Users > 0).ToArray();
        var relayed = used.Sum(channel => channel.PacketsIn(options) * (channel.Workers - 1));
        return new RelayFigures(
            used.Length,
            used.Count(channel => channel.Workers == 1),
            used.Count(channel => channel.Nodes.Length == 1),
            used.Max(channel => channel.Nodes.Length),
            used.Sum(channel => channel.PacketsIn(options)),
            used.Sum(channel => channel.PacketsIn(options) * (channel.Users - 1)),
            relayed,
            CountPairs(used));
    }

    private static int CountPairs(SimulatedChannel[] channels)
    {
        var pairs = new HashSet<(int, int)>();
        foreach (var channel in channels.Where(channel => channel.Nodes.Length > 1))
        {
            var nodes = channel.Places.Select(place => place.Node).Distinct().Order().ToArray();
            for (var one = 0; one < nodes.Length; one++)
            {
                for (var other = one + 1; other < nodes.Length; other++)
                {
                    pairs.Add((nodes[one], nodes[other]));
                }
            }
        }

        return pairs.Count;
    }
}
