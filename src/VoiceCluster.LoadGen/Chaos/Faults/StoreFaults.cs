using System.Diagnostics;

namespace VoiceCluster.LoadGen.Chaos.Faults;

/// <summary>Something that happens to the database. It concerns no user: calls go on.</summary>
internal abstract class StoreFault(string name, string title) : Fault(name, title)
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(60);

    /// <summary>Detected when the last node says that it takes no new work.</summary>
    public override async Task<bool> AskDetectedAsync(ChaosScene scene, CancellationToken cancellation)
    {
        foreach (var node in scene.Cluster.Nodes)
        {
            if (await node.IsReadyAsync(cancellation))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Waits until all nodes take new work, and notes how long that took.</summary>
    protected static async Task WaitUntilReadyAsync(ChaosScene scene, CancellationToken cancellation)
    {
        var begun = Stopwatch.GetTimestamp();
        foreach (var node in scene.Cluster.Nodes)
        {
            await node.WaitUntilReadyAsync(ReadyLimit, cancellation);
        }

        scene.Note($"all nodes ready {Stopwatch.GetElapsedTime(begun).TotalSeconds:0.0} s after the database was back");
    }
}

/// <summary>The database is stopped for longer than every timeout.</summary>
internal sealed class StoreStopped() : StoreFault("store-stop", "PostgreSQL stopped")
{
    private TimeSpan _lasts;

    public override string Title => _lasts == TimeSpan.Zero ? base.Title : $"{base.Title} for {_lasts.TotalSeconds:0} s";

    public override Task BeginAsync(ChaosScene scene, CancellationToken cancellation)
    {
        _lasts = scene.Options.StoreOutage;
        return scene.Cluster.Database.StopAsync(crash: false);
    }

    public override TimeSpan Lasts(ChaosOptions options) => options.StoreOutage;

    public override async Task EndAsync(ChaosScene scene, CancellationToken cancellation)
    {
        await scene.Cluster.Database.RestartAsync();
        await WaitUntilReadyAsync(scene, cancellation);
    }
}

/// <summary>The database crashes and is started again at once.</summary>
internal sealed class StoreRestarted() : StoreFault("store-restart", "PostgreSQL crashed and restarted")
{
    public override async Task BeginAsync(ChaosScene scene, CancellationToken cancellation)
    {
        await scene.Cluster.Database.StopAsync(crash: true);
        await scene.Cluster.Database.RestartAsync();
    }

    // It may be back before anybody has asked.
    public override Task<bool> AskDetectedAsync(ChaosScene scene, CancellationToken cancellation) => Task.FromResult(false);

    public override Task EndAsync(ChaosScene scene, CancellationToken cancellation) => WaitUntilReadyAsync(scene, cancellation);
}
