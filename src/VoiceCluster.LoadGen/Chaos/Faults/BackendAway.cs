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
            sum += (await node.ReadMetricsAsync(cancellation))?.Sum("voicecluster_lvsp_sessions");
        }

        return sum;
    }
}
