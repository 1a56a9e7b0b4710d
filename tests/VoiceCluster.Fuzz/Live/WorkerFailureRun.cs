using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using VoiceCluster.Client.Calls;
using VoiceCluster.Client.Lvsp;
using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.Node.Composition;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Fuzz.Live;

/// <summary>
/// Lets the packet loop of a call fail once a second, in a whole node, and prints for how long nothing was sent. Found is a repeated nonce, a silence over
/// the limit, or frames of the call that are wrong or missing beyond what a failure may cost.
/// </summary>
internal sealed class WorkerFailureRun
{
    private const string Secret = "dev-secret";
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(2);

    private readonly WatchedSockets _sockets = new();

    /// <summary>Runs for a while; null when nothing was found.</summary>
    public async Task<string?> RunAsync(TimeSpan duration)
    {
        var state = Directory.CreateTempSubdirectory("voicecluster-failure-");
        try
        {
            await using var node = NodeHost.Build(LiveNodeRun.Options(state.FullName), configureServices: _sockets.Decorate);
            await node.StartAsync(CancellationToken.None);
            var verdict = await CallAsync(node, duration);
            await node.StopAsync(CancellationToken.None);
            return Judge(verdict);
        }
        finally
        {
            state.Delete(recursive: true);
        }
    }

    private async Task<CallVerdict> CallAsync(NodeHost node, TimeSpan duration)
    {
        var lvsp = new Uri($"ws://{node.Listeners.Http}/lvsp");
        await using var backend = await LvspClient.ConnectAsync(new LvspClientOptions { Url = lvsp, Secret = Secret });
        var call = new TestCall(backend, new TestCallOptions
        {
            Users = 5,
            Speakers = 2,
            Duration = duration,
            ChannelId = new Snowflake(100),
            FirstUserId = new Snowflake(1_000),
            LvspUrl = lvsp,
            VoiceUrls = [new Uri($"ws://{node.Listeners.Http}")],
            AllowedLossPercent = 10,
        });
        using var stop = new CancellationTokenSource();
        var running = call.RunAsync(CancellationToken.None);
        var failing = FailAsync(duration - Settled, stop.Token);
        var verdict = await running;
        await stop.CancelAsync();
        await failing;
        return verdict;
    }

    /// <summary>Only the worker that has the call receives anything, so that the others' failures never come.</summary>
    private async Task FailAsync(TimeSpan duration, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        while (_sockets.Sent.Count == 0 && !stop.IsCancellationRequested)
        {
            await Task.Delay(100, CancellationToken.None);
        }

        while (Stopwatch.GetElapsedTime(began) < duration && !stop.IsCancellationRequested)
        {
            await _sockets.FailLoopAsync(_sockets.Sent.Last().From).WaitAsync(Settled, CancellationToken.None);
            await Task.Delay(TimeSpan.FromSeconds(1), CancellationToken.None);
        }
    }

    private string? Judge(CallVerdict verdict)
    {
        var sent = _sockets.Sent.OrderBy(packet => packet.At).ToList();
        var silences = _sockets.Failures.Select(failure => sent.SkipWhile(packet => packet.At < failure).First().At - failure).Order().ToList();
        var repeated = sent.Count - sent.Select(packet => (packet.To, packet.Suffix)).Distinct().Count();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{silences.Count} failures; nothing sent for {silences[silences.Count / 2].TotalMilliseconds:F1} ms (median), {silences[^1].TotalMilliseconds:F1} ms (longest); "
            + $"{sent.Count} packets, {repeated} repeated nonces; {verdict.Text}"));
        return !verdict.IsGood ? verdict.Text
            : repeated > 0 ? "nonces were repeated"
            : silences[^1] > Limit ? "the silence was too long"
            : null;
    }
}
