using System.Diagnostics;

namespace VoiceCluster.LoadGen.Chaos.Faults;

/// <summary>Something that happens to the database. It concerns no user: calls go on.</summary>
internal abstract class StoreFault(string name, string title) : Fault(name, title)
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

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

    /// <summary>Watches the nodes from the moment at which the database is back until all take new work, and notes when the last of them began to.</summary>
    /// <param name="scene">What there is.</param>
    /// <param name="atLeast">For how long they are watched in any case: a node may find out late that the database was away.</param>
    /// <param name="cancellation">Ends it.</param>
    protected static async Task WatchReadyAsync(ChaosScene scene, TimeSpan atLeast, CancellationToken cancellation)
    {
        var begun = Stopwatch.GetTimestamp();
        var (isReady, since) = (true, TimeSpan.Zero);
        while (Stopwatch.GetElapsedTime(begun) < (isReady ? atLeast : ReadyLimit))
        {
            var wasReady = isReady;
            isReady = await AreReadyAsync(scene, cancellation);
            since = isReady && !wasReady ? Stopwatch.GetElapsedTime(begun) : since;
            await Task.Delay(Step, cancellation);
        }

        scene.Figures.ReadyAgainAfter = isReady ? since : null;
        scene.Note(isReady
            ? $"all nodes ready {since.TotalSeconds:0.0} s after the database was back"
            : $"some node not ready {ReadyLimit.TotalSeconds:0} s after the database was back");
    }

    private static async Task<bool> AreReadyAsync(ChaosScene scene, CancellationToken cancellation)
    {
        foreach (var node in scene.Cluster.Nodes)
        {
            if (!await node.IsReadyAsync(cancellation))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>The database is stopped for longer than every timeout.</summary>
internal sealed class StoreStopped() : StoreFault("store-stop", "PostgreSQL stopped")
{
    // All nodes are known to be unready when it returns, so the first answers say enough; those after them that it stays so.
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(1);

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
        await WatchReadyAsync(scene, Settled, cancellation);
    }
}

/// <summary>The database crashes and is started again at once.</summary>
internal sealed class StoreRestarted() : StoreFault("store-restart", "PostgreSQL crashed and restarted")
{
    private Task _watching = Task.CompletedTask;

    public override async Task BeginAsync(ChaosScene scene, CancellationToken cancellation)
    {
        await scene.Cluster.Database.StopAsync(crash: true);
        await scene.Cluster.Database.RestartAsync();
        _watching = WatchReadyAsync(scene, scene.Options.Hold, cancellation);
    }

    // It may be back before anybody has asked.
    public override Task<bool> AskDetectedAsync(ChaosScene scene, CancellationToken cancellation) => Task.FromResult(false);

    public override Task EndAsync(ChaosScene scene, CancellationToken cancellation) => _watching;
}
