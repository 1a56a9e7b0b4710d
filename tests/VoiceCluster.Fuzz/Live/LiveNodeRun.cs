using System.Globalization;
using Microsoft.Extensions.Logging;
using VoiceCluster.Client.Calls;
using VoiceCluster.Client.Lvsp;
using VoiceCluster.Client.Sockets;
using VoiceCluster.Fuzz.Targets;
using VoiceCluster.Node.Composition;
using VoiceCluster.Node.Configuration;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Fuzz.Live;

/// <summary>
/// Attacks a whole node by LVSP, voice websockets and UDP while a call of others goes on in it. Found is an error in its log, an exception nobody
/// caught, a frame of the call that is wrong or missing, or memory that stays in use.
/// </summary>
internal sealed class LiveNodeRun(int seed)
{
    private const string CallSecret = "dev-secret";
    private const string FuzzSecret = "fuzz-secret";

    /// <summary>Frames of the call that may be late or lost on a machine that the attackers share.</summary>
    private const double AllowedLossPercent = 5;

    private const double AllowedGrowthMegabytes = 16;

    private readonly FaultLog _faults = new();

    /// <summary>Runs for a while; null when nothing was found.</summary>
    public async Task<string?> RunAsync(TimeSpan duration)
    {
        var state = Directory.CreateTempSubdirectory("voicecluster-fuzz-");
        try
        {
            await using var node = NodeHost.Build(Options(state.FullName), logging => logging.AddProvider(_faults));
            await node.StartAsync(CancellationToken.None);
            var finding = await AttackAsync(node, duration);
            await node.StopAsync(CancellationToken.None);
            return finding;
        }
        finally
        {
            state.Delete(recursive: true);
        }
    }

    private async Task<string?> AttackAsync(NodeHost node, TimeSpan duration)
    {
        var lvsp = new Uri($"ws://{node.Listeners.Http}/lvsp");
        await using var callBackend = await LvspClient.ConnectAsync(new LvspClientOptions { Url = lvsp, Secret = CallSecret });
        await using var fuzzBackend = await LvspClient.ConnectAsync(new LvspClientOptions { Url = lvsp, Secret = FuzzSecret });

        // The first round warms everything up, so that what the second leaves behind is a leak.
        await RoundAsync(node, lvsp, callBackend, fuzzBackend, duration / 4);
        var before = Memory();
        var verdict = await RoundAsync(node, lvsp, callBackend, fuzzBackend, duration - (duration / 4));
        var growth = Memory() - before;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"memory {before:F1} MB before, {growth:+0.0;-0.0} MB after"));
        if (_faults.Faults.Count > 0)
        {
            return string.Join(Environment.NewLine, _faults.Faults);
        }

        return !verdict.IsGood ? verdict.Text
            : growth > AllowedGrowthMegabytes ? "memory grew"
            : null;
    }

    private async Task<CallVerdict> RoundAsync(NodeHost node, Uri lvsp, LvspClient callBackend, LvspClient fuzzBackend, TimeSpan duration)
    {
        using var stop = new CancellationTokenSource();
        var voice = new VoiceAttack(new Uri($"ws://{node.Listeners.Http}"), seed, fuzzBackend, new Snowflake(9_001), new Snowflake(9_100));
        var backend = new LvspAttack(lvsp, seed + 1, FuzzSecret, [.. LvspCorpus.FromBackend]);
        var ports = Enumerable.Range(0, node.Options.Media.Workers).Select(worker => node.Options.Media.Listen.Port + worker).ToArray();
        var datagrams = new DatagramAttack(ports, seed + 2, [.. new DatagramTarget().Corpus, .. new RtpTarget().Corpus, .. new RtcpTarget().Corpus], () => voice.Source);
        var attacks = Task.WhenAll(voice.RunAsync(stop.Token), backend.RunAsync(stop.Token), datagrams.RunAsync(stop.Token));
        var call = new TestCall(callBackend, new TestCallOptions
        {
            Users = 3,
            Speakers = 1,
            Duration = duration,
            ChannelId = new Snowflake(100),
            FirstUserId = new Snowflake(1_000),
            LvspUrl = lvsp,
            VoiceUrls = [new Uri($"ws://{node.Listeners.Http}")],
            AnswerLimit = TimeSpan.FromSeconds(30),
            AllowedLossPercent = AllowedLossPercent,
        });
        var verdict = await RunCallAsync(call, stop.Token);
        await stop.CancelAsync();
        await attacks;
        Console.WriteLine($"sent {voice.Sent} voice messages, {backend.Sent} LVSP messages, {datagrams.Sent} datagrams; {verdict.Text}");
        return verdict;
    }

    private static async Task<CallVerdict> RunCallAsync(TestCall call, CancellationToken stop)
    {
        try
        {
            return await call.RunAsync(stop);
        }
        catch (ClientException error)
        {
            return new CallVerdict(IsGood: false, $"the call of others broke: {error.Message}");
        }
    }

    private static double Memory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true) / 1e6;
    }

    /// <summary>A development node with two workers and a second realm.</summary>
    public static NodeOptions Options(string state)
    {
        string[] flags =
        [
            "--dev", "--Http:Listen=127.0.0.1:0", "--Https:Listen=off", "--Admin:Listen=off", $"--Media:Listen=127.0.0.1:{FreePort()}", "--Media:Workers=2",
            $"--Node:StateDirectory={state}", $"--Lvsp:Secrets:fuzz={FuzzSecret}", "--Voice:ResumeWindow=1s", "--Lvsp:ResumeWindow=1s",
        ];
        var loaded = NodeConfiguration.Load(flags, [], [AppContext.BaseDirectory, Environment.CurrentDirectory]);
        return loaded.Problems.IsEmpty ? loaded.Options : throw new InvalidOperationException(string.Join(' ', loaded.Problems));
    }

    /// <summary>Workers count up from the first port, and attackers have to know them.</summary>
    private static int FreePort()
    {
        using var probe = new System.Net.Sockets.UdpClient(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        return Math.Min(((System.Net.IPEndPoint)probe.Client.LocalEndPoint!).Port, 65_000);
    }
}
