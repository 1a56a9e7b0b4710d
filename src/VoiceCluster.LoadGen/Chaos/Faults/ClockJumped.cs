namespace VoiceCluster.LoadGen.Chaos.Faults;

/// <summary>The wall clock of one node goes an hour ahead, then an hour behind, and a backend resumes each time. Nobody is to notice.</summary>
/// <param name="node">The node, by its index.</param>
internal sealed class ClockJumped(int node) : Fault("clock-jump", "clock of a node an hour ahead, then an hour behind")
{
    private static readonly TimeSpan Jump = TimeSpan.FromHours(1);
    private static readonly TimeSpan Away = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WholeLimit = TimeSpan.FromSeconds(60);

    private Task _goingBack = Task.CompletedTask;

    /// <summary>Starts the node with a clock that can be set.</summary>
    public override async Task PrepareAsync(ChaosScene scene, CancellationToken cancellation)
    {
        var jumping = scene.Cluster.Nodes[node];
        await jumping.TerminateAsync(cancellation);
        jumping.Start(jumping.ClockFlag);
        await scene.Cluster.WaitUntilWholeAsync(WholeLimit, cancellation);
    }

    public override async Task BeginAsync(ChaosScene scene, CancellationToken cancellation)
    {
        await JumpAsync(scene, Jump, cancellation);
        _goingBack = GoBackAsync(scene, cancellation);
    }

    public override async Task EndAsync(ChaosScene scene, CancellationToken cancellation)
    {
        await _goingBack;
        await scene.Cluster.Nodes[node].SetClockAsync(TimeSpan.Zero, cancellation);
    }

    private async Task GoBackAsync(ChaosScene scene, CancellationToken cancellation)
    {
        await BreakLinkAsync(scene, cancellation);
        await Task.Delay(scene.Options.Hold / 2, cancellation);
        await JumpAsync(scene, -Jump, cancellation);
        await BreakLinkAsync(scene, cancellation);
    }

    private Task JumpAsync(ChaosScene scene, TimeSpan offset, CancellationToken cancellation) =>
        scene.Cluster.Nodes[node].SetClockAsync(offset, cancellation);

    /// <summary>What a backend missed has an age, and its session a time to expire: both were written by other nodes than the one that reads them.</summary>
    private static async Task BreakLinkAsync(ChaosScene scene, CancellationToken cancellation)
    {
        foreach (var backend in scene.Crowd.Backends)
        {
            await backend.GoAwayAsync();
        }

        await Task.Delay(Away, cancellation);
        foreach (var backend in scene.Crowd.Backends)
        {
            backend.ComeBack();
        }
    }
}
