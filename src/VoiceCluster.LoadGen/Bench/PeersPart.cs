using System.Collections.Immutable;
using System.Globalization;
using VoiceCluster.LoadGen.Media;
using VoiceCluster.LoadGen.Peers;
using VoiceCluster.LoadGen.Peers.Mumble;
using VoiceCluster.LoadGen.Peers.RtpEngine;

namespace VoiceCluster.LoadGen.Bench;

/// <summary>Other people's servers under the same load, in turns with the node and the floor.</summary>
internal sealed class PeersPart : IBenchPart
{
    private const int Speakers = 4;
    private const int FanOut = 50;
    private const string FloorName = "floor";

    private static readonly ImmutableArray<(string Name, Func<IBenchPeer> Create)> Peers =
        [("mumble", static () => new MumblePeer()), ("rtpengine", static () => new RtpEnginePeer())];

    /// <inheritdoc />
    public string Name => "peers";

    /// <inheritdoc />
    public async Task<BenchSection> RunAsync(BenchOptions options, Action<string> progress, CancellationToken cancellation)
    {
        var rows = ImmutableArray.CreateBuilder<ImmutableArray<string>>();
        var figures = ImmutableArray.CreateBuilder<Figure>();
        foreach (var rate in options.Size == BenchSize.Dry ? new[] { 50 } : [50, 500])
        {
            var shape = new CallShape(1, options.FanOut(FanOut) + 1, Speakers);
            await using var arena = await Arena.OpenAsync(options, shape, [Load.Aes], progress, cancellation);
            await MeasureAsync(options, arena, rate, rows, figures, progress, cancellation);
        }

        return new BenchSection("Beside other servers", Notes.Peers, ["server", "load", "ns per copy", "node against it", "floor against it"], rows.ToImmutable(), figures.ToImmutable());
    }

    private static async Task MeasureAsync(
        BenchOptions options,
        Arena arena,
        int rate,
        ImmutableArray<ImmutableArray<string>>.Builder rows,
        ImmutableArray<Figure>.Builder figures,
        Action<string> progress,
        CancellationToken cancellation)
    {
        var pace = (double)rate * Speakers;
        var costs = new Dictionary<string, List<double>>();
        await arena.SettleAsync(pace, cancellation);
        for (var repetition = 0; repetition < options.Repetitions; repetition++)
        {
            Add(costs, arena.Server.Name, (await arena.MeasureAsync(pace, cancellation)).NanosecondsPerCopy);
            if (options.HasFloor)
            {
                Add(costs, FloorName, (await arena.MeasureFloorAsync(new FloorVariant(Load.Aes), pace, cancellation)).NanosecondsPerCopy);
            }

            await MeasurePeersAsync(options, arena, rate, costs, progress, cancellation);
        }

        var own = Statistics.Median(costs[arena.Server.Name]);
        var floor = costs.TryGetValue(FloorName, out var ofFloor) ? Statistics.Median(ofFloor) : double.NaN;
        foreach (var (name, values) in costs)
        {
            var cost = Statistics.Median(values);
            rows.Add([name, $"{Speakers} x {rate} packets/s", Text(cost, "#,0"), Text(own / cost, "0.00"), Text(floor / cost, "0.00")]);
            figures.Add(new Figure(string.Create(CultureInfo.InvariantCulture, $"peer.{name}.{rate}"), own / cost));
            figures.Add(new Figure(string.Create(CultureInfo.InvariantCulture, $"floor.{name}.{rate}"), floor / cost));
        }
    }

    private static async Task MeasurePeersAsync(
        BenchOptions options, Arena arena, int rate, Dictionary<string, List<double>> costs, Action<string> progress, CancellationToken cancellation)
    {
        foreach (var (name, create) in Peers)
        {
            var peer = create();
            if (peer.WhyMissing() is { } reason)
            {
                progress($"{peer.Name} is left out: {reason}");
                continue;
            }

            var load = new PeerLoad
            {
                Speakers = Speakers,
                FanOut = arena.Shape.FanOut,
                PacketsPerSecond = rate,
                WarmUp = options.WarmUp,
                Window = options.Window,
                PayloadBytes = options.PayloadLength,
                ServerProcessor = options.Core,
            };
            Add(costs, name, (await peer.RunAsync(load, cancellation)).NanosecondsPerDatagram);
        }
    }

    private static void Add(Dictionary<string, List<double>> costs, string name, double cost)
    {
        if (!costs.TryGetValue(name, out var values))
        {
            costs[name] = values = [];
        }

        values.Add(cost);
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
