using System.Diagnostics;
using VoiceCluster.LoadGen.Cluster;

namespace VoiceCluster.LoadGen.Chaos.Faults;

/// <summary>Something that happens to one node and all of its users.</summary>
internal abstract class NodeFault(string name, string title, int node) : Fault(name, title)
{
    private static readonly TimeSpan WholeLimit = TimeSpan.FromSeconds(60);

    /// <summary>The node, by its index.</summary>
    protected int Node => node;

    /// <inheritdoc />
    public override bool Touches(PlacedUser user) => user.Node == node;

    /// <summary>Detected when the first of the other nodes says that it has no link to this one.</summary>
    public override async Task<bool> AskDetectedAsync(ChaosScene scene, CancellationToken cancellation)
    {
        var peer = scene.Cluster.Nodes[node].Name;
        foreach (var other in scene.Others(node))
        {
            if (await other.ReadLinksAsync(cancellation) is { } links && (!links.TryGetValue(peer, out var state) || state != "connected"))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Waits until the cluster is whole, and notes how long that took.</summary>
    protected static async Task WaitUntilWholeAsync(ChaosScene scene, string since, CancellationToken cancellation)
    {
        var begun = Stopwatch.GetTimestamp();
        await scene.Cluster.WaitUntilWholeAsync(WholeLimit, cancellation);
        scene.Note($"all nodes ready and linked {Stopwatch.GetElapsedTime(begun).TotalSeconds:0.0} s after {since}");
    }
}

/// <summary>A node's process is killed, and started again after a while.</summary>
internal sealed class NodeKilled(int node) : NodeFault("kill", "node killed", node)
{
    public override Task BeginAsync(ChaosScene scene, CancellationToken cancellation)
    {
        scene.Cluster.Nodes[Node].Kill();
        return Task.CompletedTask;
    }

    public override Task EndAsync(ChaosScene scene, CancellationToken cancellation)
    {
        scene.Cluster.Nodes[Node].Start();
        return WaitUntilWholeAsync(scene, "its start", cancellation);
    }
}

/// <summary>A node's process is killed and started under the same name at once.</summary>
internal sealed class NodeRestarted(int node) : NodeFault("restart", "node killed, back at once under its name", node)
{
    public override Task BeginAsync(ChaosScene scene, CancellationToken cancellation)
    {
        scene.Cluster.Nodes[Node].Kill();
        scene.Cluster.Nodes[Node].Start();
        return Task.CompletedTask;
    }

    public override Task EndAsync(ChaosScene scene, CancellationToken cancellation) => WaitUntilWholeAsync(scene, "the measured time", cancellation);
}

/// <summary>A node's threads are all stopped for a while.</summary>
internal sealed class NodeFrozen(int node) : NodeFault("freeze", "node frozen, then continued", node)
{
    public override Task BeginAsync(ChaosScene scene, CancellationToken cancellation)
    {
        scene.Cluster.Nodes[Node].Freeze();
        return Task.CompletedTask;
    }

    public override Task EndAsync(ChaosScene scene, CancellationToken cancellation)
    {
        scene.Cluster.Nodes[Node].Continue();
        return WaitUntilWholeAsync(scene, "it was continued", cancellation);
    }
}

/// <summary>Nodes are asked to end and started again, one after the other.</summary>
internal class RollingRestart(string name, string title) : Fault(name, title)
{
    private static readonly TimeSpan WholeLimit = TimeSpan.FromSeconds(60);

    public RollingRestart()
        : this("rolling", "all nodes restarted, one by one")
    {
    }

    public override bool Touches(PlacedUser user) => true;

    public override async Task BeginAsync(ChaosScene scene, CancellationToken cancellation)
    {
        foreach (var node in scene.Cluster.Nodes)
        {
            var begun = Stopwatch.GetTimestamp();
            if (!await node.TerminateAsync(cancellation))
            {
                scene.Note($"{node.Name} had to be killed");
            }

            scene.Note($"{node.Name} ended {Stopwatch.GetElapsedTime(begun).TotalSeconds:0.0} s after it was asked to");
            Start(scene, node);
            await scene.Cluster.WaitUntilWholeAsync(WholeLimit, cancellation);
            await LookAtAsync(scene, node, cancellation);
        }
    }

    public override TimeSpan Lasts(ChaosOptions options) => TimeSpan.Zero;

    public override Task EndAsync(ChaosScene scene, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>Starts a node again.</summary>
    protected virtual void Start(ChaosScene scene, LocalNode node) => node.Start();

    /// <summary>Done when the cluster is whole again with the new process.</summary>
    protected virtual Task LookAtAsync(ChaosScene scene, LocalNode node, CancellationToken cancellation) => Task.CompletedTask;
}
