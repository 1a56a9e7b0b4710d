using System.Collections.Immutable;
using System.Diagnostics;
using VoiceCluster.Client.Pacing;
using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Chaos.Faults;
using VoiceCluster.LoadGen.Chaos.Report;
using VoiceCluster.LoadGen.Chaos.Users;

namespace VoiceCluster.LoadGen.Chaos;

/// <summary>Starts a cluster and its users, applies one fault after another, and says what users heard.</summary>
internal sealed class ChaosRun(ChaosOptions options, Action<string> progress)
{
    private static readonly TimeSpan GatherLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LeaveAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DetectionStep = TimeSpan.FromMilliseconds(50);

    /// <summary>Runs the control and then each fault.</summary>
    /// <exception cref="ClientException">The cluster does not start.</exception>
    public async Task<IReadOnlyList<FaultResult>> RunAsync(CancellationToken cancellation)
    {
        var results = new List<FaultResult>();
        var faults = new Queue<Fault>(FaultCatalogue.Of(options));
        while (faults.Count > 0)
        {
            await RunUntilBrokenAsync(faults, results, cancellation);
        }

        return results;
    }

    /// <summary>Applies faults to one cluster until there are no more, or users cannot be gathered again after one: the next then gets a cluster of its own.</summary>
    private async Task RunUntilBrokenAsync(Queue<Fault> faults, List<FaultResult> results, CancellationToken cancellation)
    {
        progress($"starting {options.Nodes} nodes and a database");
        var assembly = faults.Contains(FaultCatalogue.Upgrade) ? options.From! : options.Assembly;
        await using var cluster = await ChaosCluster.StartAsync(options.Nodes, assembly, options.Seed, cancellation);
        cluster.KeepsDirectory = options.KeepsLogs;
        await using var crowd = await Crowd.StartAsync(cluster, options, cancellation);
        if (options.KeepsLogs)
        {
            progress($"what nodes print is in {cluster.Directory}");
        }

        for (var isFirst = true; faults.TryPeek(out var fault); isFirst = false)
        {
            try
            {
                await fault.PrepareAsync(new ChaosScene(cluster, crowd, options, progress), cancellation);
                await crowd.GatherAsync(GatherLimit, cancellation);
            }
            catch (NoAnswerException exception) when (!isFirst)
            {
                progress($"another cluster is needed: {exception.Message}");
                results[^1] = results[^1] with { NotBack = Math.Max(results[^1].NotBack, crowd.Deaf().Count()), Notes = results[^1].Notes.Add(exception.Message) };
                return;
            }

            results.Add(await RunAsync(faults.Dequeue(), cluster, crowd, cancellation));
        }
    }

    private async Task<FaultResult> RunAsync(Fault fault, ChaosCluster cluster, Crowd crowd, CancellationToken cancellation)
    {
        var notes = ImmutableArray.CreateBuilder<string>();
        var scene = new ChaosScene(cluster, crowd, options, notes.Add);
        await Task.Delay(Calm, cancellation);

        progress($"{fault.Name}: {fault.Title}");
        crowd.Probe.Take();
        crowd.TakeConnectTimes();
        var window = new FaultWindow(crowd);
        var (detected, leavers) = await ApplyAsync(fault, scene, window, cancellation);
        var isHeard = await crowd.WaitUntilAllHearAsync(options.RecoverLimit, cancellation);
        var deaf = isHeard ? [] : crowd.Deaf().ToList();
        await Task.Delay(Calm, cancellation);
        var ended = TimeProvider.System.Now();
        await Task.Delay(Settle, cancellation);
        var heard = window.End(fault, ended, leavers);

        var ghosts = await HuntAsync(new GhostHunt(cluster, crowd), cancellation);
        var notices = window.EndNotices();
        AddNotes(notes, heard, ghosts, crowd, deaf);
        await fault.CleanAsync(scene, cancellation);
        return new FaultResult
        {
            Name = fault.Name,
            Title = fault.Title,
            DetectedAfter = detected,
            UsersAffected = window.Placed.Count(fault.Touches),
            Affected = heard.Affected,
            Unaffected = heard.Unaffected,
            FramesExpected = heard.Expected,
            FramesLost = heard.Lost,
            Duplicates = heard.Duplicates,
            Stale = heard.Stale,
            Ghosts = ghosts,
            NoticesLost = notices.Lost,
            NoticesDuplicated = notices.Duplicated,
            NotBack = deaf.Count,
            Rejoined = heard.Rejoined,
            Figures = scene.Figures,
            Notes = notes.ToImmutable(),
        };
    }

    private async Task<GhostCount> HuntAsync(GhostHunt hunt, CancellationToken cancellation)
    {
        var wait = Longer(options.GhostWait - Calm - Settle);
        if (options.EndsGhostWaitEarly)
        {
            return await hunt.CountUntilNoneAsync(wait, cancellation);
        }

        await Task.Delay(wait, cancellation);
        return await hunt.CountAsync(cancellation);
    }

    private async Task<(TimeSpan? Detected, IReadOnlySet<ChaosUser> Leavers)> ApplyAsync(
        Fault fault, ChaosScene scene, FaultWindow window, CancellationToken cancellation)
    {
        var leavers = ChooseLeavers(fault, window);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var begun = Stopwatch.GetTimestamp();
        await fault.BeginAsync(scene, cancellation);
        var detecting = DetectAsync(fault, scene, begun, over.Token);
        var leaving = LeaveAsync(leavers, cancellation);
        await Task.Delay(Longer(fault.Lasts(options) - Stopwatch.GetElapsedTime(begun)), cancellation);
        await fault.EndAsync(scene, cancellation);
        await over.CancelAsync();
        await leaving;
        return (await detecting, leavers);
    }

    /// <summary>Some who only listen, from among those whom the fault touches if it touches anybody: their leave comes at the worst time.</summary>
    private HashSet<ChaosUser> ChooseLeavers(Fault fault, FaultWindow window) => fault == FaultCatalogue.Control ? [] :
    [
        .. window.Placed.Where(placed => placed.User.Voice is null)
            .OrderByDescending(fault.Touches)
            .ThenBy(placed => placed.User.Identity.Number)
            .Take(options.Leavers)
            .Select(placed => placed.User),
    ];

    private static async Task LeaveAsync(IEnumerable<ChaosUser> leavers, CancellationToken cancellation)
    {
        await Task.Delay(LeaveAfter, cancellation);
        await Task.WhenAll(leavers.Select(user => user.LeaveAsync(cancellation)));
    }

    private static async Task<TimeSpan?> DetectAsync(Fault fault, ChaosScene scene, long begun, CancellationToken over)
    {
        try
        {
            while (!await fault.AskDetectedAsync(scene, over))
            {
                await Task.Delay(DetectionStep, over);
            }

            return Stopwatch.GetElapsedTime(begun);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private static void AddNotes(ImmutableArray<string>.Builder notes, HeardWindow heard, GhostCount ghosts, Crowd crowd, List<ChaosUser> deaf)
    {
        notes.Add($"oldest frame heard: {heard.Oldest.TotalMilliseconds:0} ms");
        if (!ghosts.IsNone)
        {
            notes.Add($"ghosts: {ghosts}");
        }

        var (longest, again) = crowd.Probe.Take();
        notes.Add($"longest answer to a backend: {longest.TotalSeconds:0.0} s; asked again {again} times");
        var connecting = crowd.TakeConnectTimes();
        if (connecting.Pairs > 0)
        {
            notes.Add($"{connecting.Pairs} connections took {connecting.P50.TotalMilliseconds:0} / {connecting.P95.TotalMilliseconds:0} / {connecting.Max.TotalMilliseconds:0} ms (p50 / p95 / max)");
        }

        if (deaf.Count > 0)
        {
            notes.Add($"not back: {Crowd.Describe(deaf)}");
        }
    }

    private static TimeSpan Longer(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;
}
