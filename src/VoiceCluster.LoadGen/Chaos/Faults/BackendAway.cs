namespace VoiceCluster.LoadGen.Chaos.Faults;

/// <summary>A backend's link breaks, and the backend resumes some time later.</summary>
internal sealed class BackendAway() : Fault("backend", "LVSP backend gone and back")
{
    private double? _before;

    public override async Task BeginAsync(ChaosScene scene, CancellationToken cancellation)
    {
        _before = await CountSessionsAsync(scene, cancellation);
        await scene.Crowd.Backends[0].GoAwayAsync();
    }

    public override async Task<bool> AskDetectedAsync(ChaosScene scene, CancellationToken cancellation) =>
        await CountSessionsAsync(scene, cancellation) < _before;

    public override Task EndAsync(ChaosScene scene, CancellationToken cancellation)
    {
        scene.Crowd.Backends[0].ComeBack();
        return Task.CompletedTask;
    }

    private static async Task<double?> CountSessionsAsync(ChaosScene scene, CancellationToken cancellation)
    {
        double? sum = 0;
        foreach (var node in scene.Cluster.Nodes)
        {
            // A node that has never had a session says nothing about them; one that does not answer leaves the sum unknown.
            sum += await node.ReadMetricsAsync(cancellation) is { } metrics ? metrics.Sum("voicecluster_lvsp_sessions") ?? 0 : null;
        }

        return sum;
    }
}
