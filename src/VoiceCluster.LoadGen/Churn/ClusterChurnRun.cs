using System.Collections.Immutable;
using VoiceCluster.Client.Metrics;
using VoiceCluster.Client.Pacing;
using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Cluster;

namespace VoiceCluster.LoadGen.Churn;

/// <summary>What a churn over a cluster is made of besides.</summary>
internal sealed record ClusterChurnOptions
{
    /// <summary>How many nodes.</summary>
    public required int Nodes { get; init; }

    /// <summary>A node is killed in the middle of each so many joins.</summary>
    public required int KillEvery { get; init; }

    /// <summary>The node's assembly.</summary>
    public required string Assembly { get; init; }

    /// <summary>Whether what the nodes printed is kept.</summary>
    public bool KeepsLogs { get; init; }

    /// <summary>Leaves out what a few joins in a few seconds do not show: memory, and what stays for up to a minute: timers, and the rows of plans that were withdrawn.</summary>
    public bool IsShort { get; init; }

    /// <summary>How many joins there are at most between the start of a process and the last reading: each is killed in its turn.</summary>
    public int LongestLife => (Nodes * KillEvery) - (KillEvery / 2);
}

/// <summary>A cluster of processes: warm-up, reading, joins and leaves with a node killed now and then, rest, reading.</summary>
/// <remarks>
/// A process that was started anew is compared with what the one before it was after the warm-up, which is to be as long as any process lives afterwards.
/// </remarks>
internal sealed class ClusterChurnRun(ChurnOptions options, ClusterChurnOptions cluster, TimeProvider time, Action<string> progress)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StayLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RestLimit = TimeSpan.FromSeconds(120);

    private readonly ChurnLoad _load = new(options, time, progress);

    /// <summary>Runs.</summary>
    /// <exception cref="ClientException">The cluster does not start, or a node does not come again.</exception>
    public async Task<ClusterChurnResult> RunAsync(CancellationToken cancellation)
    {
        progress($"starting {cluster.Nodes} nodes and a database");
        await using var nodes = await LocalCluster.StartAsync(
            new LocalClusterOptions { Nodes = cluster.Nodes, Assembly = cluster.Assembly }, cancellation);
        nodes.KeepsDirectory = cluster.KeepsLogs;
        if (cluster.KeepsLogs)
        {
            progress($"what nodes print is in {nodes.Directory}");
        }

        await using var links = await ChurnLinks.ConnectAsync(nodes, cancellation);
        return await RunAsync(new Scene(nodes, links, new NodeKills(nodes, links, time, progress), new ClusterFigures(nodes, cluster.IsShort)), cancellation);
    }

    private async Task<ClusterChurnResult> RunAsync(Scene scene, CancellationToken cancellation)
    {
        var counts = new ChurnCounts();
        progress($"warm-up: {options.WarmUp} joins and leaves");
        await _load.RunAsync(options.WarmUp, counts, (visit, stop) => StayAsync(scene, visit, counts, static _ => true, stop), cancellation);
        if (counts.Failed > 0)
        {
            throw new UnexpectedAnswerException($"{counts.Failed} joins of the warm-up failed: {string.Join("; ", counts.Failures.Keys)}");
        }

        await scene.Links.DestroyAsync(_load.Channels, cancellation);
        progress("waiting until the cluster is at rest");
        var before = await UntilEmptyAsync(scene, cancellation);

        counts = new ChurnCounts();
        var begun = time.GetTimestamp();
        await ChurnAsync(scene, counts, cancellation);
        var duration = time.GetElapsedTime(begun);

        await TryEmptyAsync(scene, cancellation);
        var seen = await new ChannelProbe(scene.Links, options).CountOthersAsync(_load.Channels, cancellation);
        await scene.Links.DestroyAsync(_load.Channels, cancellation);
        progress("waiting until the cluster is as before");
        var figures = await UntilAsBeforeAsync(scene, before, seen, cancellation);
        return new ClusterChurnResult(
            new ChurnResult(counts, duration, figures, options.AllowedGrowthPercent), [.. scene.Kills.All], scene.Links.LostSessions);
    }

    /// <summary>Everybody comes and goes while nodes are killed; what fails first ends both.</summary>
    private async Task ChurnAsync(Scene scene, ChurnCounts counts, CancellationToken cancellation)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var staying = _load.RunAsync(
            options.Joins, counts, (visit, stop) => StayAsync(scene, visit, counts, scene.Kills.MayHaveInterrupted, stop), over.Token);
        var killing = scene.Kills.RunAsync(cluster.KillEvery, options.Joins, counts, over.Token);
        try
        {
            await await Task.WhenAny(staying, killing);
            await Task.WhenAll(staying, killing);
        }
        finally
        {
            await over.CancelAsync();
        }
    }

    /// <summary>One stay, begun again when a node that it needed may have been killed, or has just started.</summary>
    private async ValueTask StayAsync(
        Scene scene, ChurnVisit visit, ChurnCounts counts, Func<TimeSpan, bool> mayHaveBeenInterrupted, CancellationToken cancellation)
    {
        for (var end = time.Now() + StayLimit; ; await Task.Delay(Pause, time, cancellation))
        {
            var begun = time.Now();
            try
            {
                await new ChurnedUser(scene.Links.For(visit.Number), options, counts, time).RunAsync(visit, cancellation);
                counts.Count();
                return;
            }
            catch (ClientException exception) when (mayHaveBeenInterrupted(begun) && begun < end)
            {
                counts.CountInterruption(exception.Message);
            }
            catch (ClientException exception)
            {
                counts.CountFailure(exception.Message);
                return;
            }
        }
    }

    private async Task<ImmutableArray<ReadFigure>> UntilEmptyAsync(Scene scene, CancellationToken cancellation) =>
        await TryEmptyAsync(scene, cancellation) is { } read
            ? read
            : throw new NoAnswerException($"The cluster is not at rest {RestLimit.TotalSeconds:0} s after everybody has left.");

    /// <summary>Waits until nothing of a user is left: nobody is told when a leave has taken effect.</summary>
    /// <returns>A reading of that moment; null when it does not come.</returns>
    private async Task<ImmutableArray<ReadFigure>?> TryEmptyAsync(Scene scene, CancellationToken cancellation)
    {
        for (var end = time.Now() + RestLimit; time.Now() < end; await Task.Delay(RestPause, time, cancellation))
        {
            await scene.Links.ConfirmNoticesAsync();
            var ghosts = await scene.Figures.ReadGhostsAsync(inChannels: 0, cancellation);
            var read = await scene.Figures.ReadAsync(cancellation);
            if (ghosts.All(figure => figure.After is 0) && read.All(figure => figure.Metric.Title != ClusterFigures.WaitingNotices || figure.Value is 0))
            {
                return read;
            }
        }

        return null;
    }

    private async Task<ImmutableArray<BeforeAndAfter>> UntilAsBeforeAsync(
        Scene scene, ImmutableArray<ReadFigure> before, int seen, CancellationToken cancellation)
    {
        for (var end = time.Now() + options.SettleLimit; ; await Task.Delay(RestPause, time, cancellation))
        {
            await scene.Links.ConfirmNoticesAsync();
            var ghosts = await scene.Figures.ReadGhostsAsync(seen, cancellation);
            ImmutableArray<BeforeAndAfter> compared = [.. ClusterFigures.Compare(before, await scene.Figures.ReadAsync(cancellation)), .. ghosts];
            if (compared.All(figure => figure.IsWithin(options.AllowedGrowthPercent)) || time.Now() >= end)
            {
                return compared;
            }
        }
    }

    private sealed record Scene(LocalCluster Nodes, ChurnLinks Links, NodeKills Kills, ClusterFigures Figures);
}

/// <summary>What a churn over a cluster found.</summary>
/// <param name="Churn">What became of the joins, and what is left of them.</param>
/// <param name="Kills">The nodes that were killed.</param>
/// <param name="LostSessions">Sessions of the backend that could not be resumed.</param>
internal sealed record ClusterChurnResult(ChurnResult Churn, ImmutableArray<NodeKill> Kills, int LostSessions);
