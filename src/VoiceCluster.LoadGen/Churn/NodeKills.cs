using VoiceCluster.Client.Pacing;
using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Cluster;

namespace VoiceCluster.LoadGen.Churn;

/// <summary>A node that was killed.</summary>
/// <param name="Node">Its name.</param>
/// <param name="AfterJoins">How many joins were over.</param>
/// <param name="WholeAfter">How long after the kill it took work again and was linked with all others.</param>
internal sealed record NodeKill(string Node, int AfterJoins, TimeSpan WholeAfter);

/// <summary>Kills one node after the other while users come and go, and starts each again under its name.</summary>
internal sealed class NodeKills(LocalCluster cluster, ChurnLinks links, TimeProvider time, Action<string> progress)
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan WholeLimit = TimeSpan.FromSeconds(60);

    // Shards go back to a node that has come again, and users who were sent elsewhere are told of it.
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(5);

    private readonly List<NodeKill> _kills = [];
    private long _outageUntil = long.MinValue;

    /// <summary>All so far.</summary>
    public IReadOnlyList<NodeKill> All => _kills;

    /// <summary>Whether something that was begun then may have failed because a node did.</summary>
    public bool MayHaveInterrupted(TimeSpan begun) => begun.Ticks <= Volatile.Read(ref _outageUntil);

    /// <summary>Kills a node in the middle of each stretch of joins.</summary>
    /// <param name="every">How long a stretch is.</param>
    /// <param name="joins">How many joins there will be.</param>
    /// <param name="counts">How many are over.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ClientException">A node does not come again.</exception>
    public async Task RunAsync(int every, int joins, ChurnCounts counts, CancellationToken cancellation)
    {
        for (var at = every / 2; at < joins; at += every)
        {
            while (counts.Done < at)
            {
                await Task.Delay(Step, time, cancellation);
            }

            await KillAsync(cluster.Nodes[_kills.Count % cluster.Nodes.Length], counts.Done, cancellation);
        }
    }

    private async Task KillAsync(LocalNode node, int joins, CancellationToken cancellation)
    {
        Volatile.Write(ref _outageUntil, long.MaxValue);
        var begun = time.GetTimestamp();
        node.Kill();
        node.Start();
        await links.LoseAsync(node.Index, cancellation);
        await cluster.WaitUntilWholeAsync(WholeLimit, cancellation);
        var took = time.GetElapsedTime(begun);
        await links.RegainAsync(node.Index, cancellation);
        Volatile.Write(ref _outageUntil, (time.Now() + Aftermath).Ticks);
        _kills.Add(new NodeKill(node.Name, joins, took));
        progress($"{node.Name} was killed after {joins} joins; the cluster was whole again after {took.TotalSeconds:0.0} s");
    }
}
