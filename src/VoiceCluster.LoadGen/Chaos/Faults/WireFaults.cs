using VoiceCluster.LoadGen.Chaos.Wires;

namespace VoiceCluster.LoadGen.Chaos.Faults;

/// <summary>Nothing gets from a node to the others any more, nor back: links and relayed media. Clients, backends and the database still reach it.</summary>
internal sealed class LinksCut(int node) : NodeFault("cut", "node cut off from the others, both ways", node)
{
    public override Task BeginAsync(ChaosScene scene, CancellationToken cancellation)
    {
        scene.Cluster.Conditions.SetWhere((from, to) => from == Node || to == Node, Impairment.Cut);
        return Task.CompletedTask;
    }

    public override Task EndAsync(ChaosScene scene, CancellationToken cancellation)
    {
        scene.Cluster.Conditions.Mend();
        return WaitUntilWholeAsync(scene, "it was mended", cancellation);
    }

    public override bool Separates(PlacedUser listener, PlacedUser speaker) => Touches(listener) != Touches(speaker);
}

/// <summary>Nothing gets from a node to the others any more; what they send still reaches it.</summary>
internal sealed class LinksCutOneWay(int node) : NodeFault("cut-one-way", "node cut off from the others, one way", node)
{
    public override Task BeginAsync(ChaosScene scene, CancellationToken cancellation)
    {
        scene.Cluster.Conditions.SetWhere((from, _) => from == Node, Impairment.Cut);
        return Task.CompletedTask;
    }

    public override Task EndAsync(ChaosScene scene, CancellationToken cancellation)
    {
        scene.Cluster.Conditions.Mend();
        return WaitUntilWholeAsync(scene, "it was mended", cancellation);
    }

    public override bool Separates(PlacedUser listener, PlacedUser speaker) => Touches(listener) != Touches(speaker);
}

/// <summary>The wires between nodes lose, delay and reorder.</summary>
internal sealed class RelayImpaired() : Fault("relay-loss", "5 % loss, 30 to 50 ms delay between nodes")
{
    private static readonly Impairment Bad = new() { LossPerMille = 50, Delay = TimeSpan.FromMilliseconds(30), Jitter = TimeSpan.FromMilliseconds(20) };

    public override Task BeginAsync(ChaosScene scene, CancellationToken cancellation)
    {
        scene.Cluster.Conditions.SetWhere(static (_, _) => true, Bad);
        return Task.CompletedTask;
    }

    public override async Task<bool> AskDetectedAsync(ChaosScene scene, CancellationToken cancellation)
    {
        foreach (var node in scene.Cluster.Nodes)
        {
            if (await node.ReadMetricsAsync(cancellation) is { } metrics && metrics.Sum("voicecluster_media_relay_packets_total", "outcome=\"lost\"") > 0)
            {
                return true;
            }
        }

        return false;
    }

    public override Task EndAsync(ChaosScene scene, CancellationToken cancellation)
    {
        scene.Cluster.Conditions.Mend();
        return Task.CompletedTask;
    }

    public override bool Touches(PlacedUser user) => true;

    public override bool Separates(PlacedUser listener, PlacedUser speaker) => listener.Node != speaker.Node;
}

/// <summary>The path of some users' media loses, delays and reorders, and then breaks for a moment.</summary>
internal sealed class UserPathsImpaired() : Fault("client-path", "some clients: 5 % loss, 40 to 100 ms delay")
{
    private const int EveryManieth = 10;
    private static readonly Impairment Bad = new() { LossPerMille = 50, Delay = TimeSpan.FromMilliseconds(40), Jitter = TimeSpan.FromMilliseconds(60) };

    private volatile Impairment _now = Impairment.None;

    public override async Task PrepareAsync(ChaosScene scene, CancellationToken cancellation)
    {
        foreach (var user in scene.Crowd.Users.Where(IsMeant))
        {
            // Only a new connection goes through the wire.
            await user.LeaveAsync(cancellation);
            user.Path = () => _now;
        }
    }

    public override Task BeginAsync(ChaosScene scene, CancellationToken cancellation)
    {
        _now = Bad;
        return Task.CompletedTask;
    }

    public override Task EndAsync(ChaosScene scene, CancellationToken cancellation)
    {
        _now = Impairment.None;
        return Task.CompletedTask;
    }

    public override bool Touches(PlacedUser user) => IsMeant(user.User);

    public override async Task CleanAsync(ChaosScene scene, CancellationToken cancellation)
    {
        foreach (var user in scene.Crowd.Users.Where(IsMeant))
        {
            user.Path = null;
            await user.LeaveAsync(cancellation);
        }
    }

    private static bool IsMeant(Users.ChaosUser user) => user.Identity.Number % EveryManieth == 3;
}
