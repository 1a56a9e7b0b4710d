using System.Collections.Immutable;
using System.Globalization;
using VoiceCluster.Crypto;
using VoiceCluster.LoadGen.Commands;
using VoiceCluster.LoadGen.Joins;
using VoiceCluster.LoadGen.Media;
using VoiceCluster.LoadGen.Native;
using VoiceCluster.LoadGen.Nodes;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.LoadGen.Bench;

/// <summary>A day in the life: channels of all sizes, all modes at once, speech by turns at 50 packets a second, churn, from three processes.</summary>
internal sealed class MixPart : IBenchPart
{
    private const int ManyUsers = 1_500;
    private const int SpeakersPerChannel = 3;
    private const double PacketsPerSpeaker = 50;
    private const double JoinsPerSecond = 20;

    /// <inheritdoc />
    public string Name => "mix";

    /// <inheritdoc />
    public async Task<BenchSection> RunAsync(BenchOptions options, Action<string> progress, CancellationToken cancellation)
    {
        var modes = TransportEncryptionModes.All.Where(TransportCiphers.IsAvailable).ToImmutableArray();
        var shape = new MixedCalls(options.Users(ManyUsers), SpeakersPerChannel);
        var window = options.Window * 2;
        using var socket = new UserSocket(FreePorts.Take());
        var node = await NodeProcess.StartAsync(options.Core, 1, options.NodeAssembly, [], cancellation);
        await using var server = await NodeForwarder.JoinAsync(node, shape, modes, options.PayloadLength, socket, cancellation);
        progress($"{shape}, {modes.Length} modes");
        socket.DropEverything();

        var duration = options.Settling + options.WarmUp + window;
        await using var joins = await JoinsProcess.StartAsync(node.Address, JoinsPerSecond, duration, cancellation);
        await using var others = StartSecondCrowd(node.Address, options, duration);
        var speakers = server.Speakers.Select(IPacketSource (speaker, index) => new SpeechByTurns(speaker, index)).ToList();
        var measured = await Measurement.RunAsync(
            server, speakers, socket, new Pace(speakers.Count * PacketsPerSpeaker, options.Settling + options.WarmUp, window), cancellation);
        var joined = await joins.FinishAsync(duration + TimeSpan.FromSeconds(60), cancellation);
        return new BenchSection(
            "All at once",
            Notes.Mix,
            ["users", "copies/s", "node ns", "server p50, ms", "p99", "p99.9", "joins/s", "drops"],
            [
                [
                    shape.Users.ToString("#,0", CultureInfo.InvariantCulture),
                    measured.CopiesPerSecond.ToString("#,0", CultureInfo.InvariantCulture),
                    measured.NanosecondsPerCopy.ToString("#,0", CultureInfo.InvariantCulture),
                    .. Residence.Texts(measured),
                    joined.ToString("0", CultureInfo.InvariantCulture),
                    measured.Drops.Values.Sum().ToString("#,0", CultureInfo.InvariantCulture),
                ],
            ],
            [new Figure("mix.p99", Residence.Percentile(measured, 99))]);
    }

    /// <summary>A second process with users of its own in the same node.</summary>
    private static PinnedProcess StartSecondCrowd(NodeAddress node, BenchOptions options, TimeSpan duration)
    {
        var users = options.Users(ManyUsers) / 5;
        string[] arguments =
        [
            typeof(MixPart).Assembly.Location, "media", "--url", node.LvspUrl.AbsoluteUri, "--voice-url", node.VoiceUrl.AbsoluteUri,
            "--admin-url", node.AdminUrl.AbsoluteUri, "--admin-token-file", node.AdminTokenFile, "--pid", Text(node.ProcessId),
            "--users", Text(users), "--fan-out", Text(Math.Min(5, users - 1)), "--speakers", "1", "--copies", Text(users * 10), "--seconds", Text(duration.TotalSeconds),
        ];
        return PinnedProcess.Start(core: null, Environment.ProcessPath!, arguments, (LvspOptions.SecretVariable, node.Secret));
    }

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
}
