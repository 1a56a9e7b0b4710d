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
    private const string RoundInterval = "--Media:RoundInterval=20ms";
    private const string GatheringName = "VoiceCluster, rounds 20 ms apart";

    private static readonly ImmutableArray<string> Columns =
        ["server", "load", "ns per copy", "node against it", "rounds 20 ms apart against it", "floor against it", "wait p50, ms", "p99"];

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
            await using var gathering = await Arena.OpenAsync(options, shape, [Load.Aes], progress, cancellation, settings: [RoundInterval]);
            var results = await MeasureAsync(options, arena, gathering, rate, progress, cancellation);
            rows.AddRange(results.Select(result => Row(result, results, rate)));
            figures.AddRange(results.SelectMany(result => Figures(result, results, rate)));
        }

        return new BenchSection("Beside other servers", Notes.Peers, Columns, rows.ToImmutable(), figures.ToImmutable());
    }

    private static async Task<List<Result>> MeasureAsync(
        BenchOptions options, Arena arena, Arena gathering, int rate, Action<string> progress, CancellationToken cancellation)
    {
        var pace = (double)rate * Speakers;
        var results = new List<Result>();
        await arena.SettleAsync(pace, cancellation);
        await gathering.SettleAsync(pace, cancellation);
        for (var repetition = 0; repetition < options.Repetitions; repetition++)
        {
            Find(results, arena.Server.Name).Add(await arena.MeasureAsync(pace, cancellation));
            Find(results, GatheringName).Add(await gathering.MeasureAsync(pace, cancellation));
            if (options.HasFloor)
            {
                Find(results, FloorName).Add(await arena.MeasureFloorAsync(new FloorVariant(Load.Aes), pace, cancellation));
            }

            await MeasurePeersAsync(options, arena, rate, results, progress, cancellation);
        }

        return results;
    }

    private static ImmutableArray<string> Row(Result result, List<Result> all, int rate) =>
    [
        result.Name,
        string.Create(CultureInfo.InvariantCulture, $"{Speakers} x {rate} packets/s"),
        Text(result.Cost, "#,0"),
        Text(all[0].Cost / result.Cost, "0.00"),
        Text(Find(all, GatheringName).Cost / result.Cost, "0.00"),
        Text(CostOfFloor(all) / result.Cost, "0.00"),
        Wait(result, 50),
        Wait(result, 99),
    ];

    private static IEnumerable<Figure> Figures(Result result, List<Result> all, int rate) =>
    [
        new(string.Create(CultureInfo.InvariantCulture, $"peer.{result.Name}.{rate}"), all[0].Cost / result.Cost),
        new(string.Create(CultureInfo.InvariantCulture, $"gathering.{result.Name}.{rate}"), Find(all, GatheringName).Cost / result.Cost),
        new(string.Create(CultureInfo.InvariantCulture, $"floor.{result.Name}.{rate}"), CostOfFloor(all) / result.Cost),
    ];

    private static double CostOfFloor(List<Result> all) => all.Find(result => result.Name == FloorName)?.Cost ?? double.NaN;

    private static string Wait(Result result, double percent) =>
        result.Waits.IsEmpty ? "" : Text(Statistics.Median(result.Waits.Select(window => Residence.Percentile(window, percent))), "0.00");

    private static Result Find(List<Result> results, string name)
    {
        var result = results.Find(result => result.Name == name);
        if (result is null)
        {
            results.Add(result = new Result(name));
        }

        return result;
    }

    private static async Task MeasurePeersAsync(
        BenchOptions options, Arena arena, int rate, List<Result> results, Action<string> progress, CancellationToken cancellation)
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
            Find(results, name).Add((await peer.RunAsync(load, cancellation)).NanosecondsPerDatagram);
        }
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>What one server cost, in all repetitions.</summary>
    private sealed class Result(string name)
    {
        private readonly List<double> _costs = [];
        private readonly List<MeasuredWindow> _windows = [];

        public string Name { get; } = name;

        public double Cost => Statistics.Median(_costs);

        /// <summary>Those of nodes, which tell how long packets waited.</summary>
        public ImmutableArray<MeasuredWindow> Waits => [.. _windows.Where(window => window.After.Page is not null)];

        public void Add(double cost) => _costs.Add(cost);

        public void Add(MeasuredWindow window)
        {
            _windows.Add(window);
            _costs.Add(window.NanosecondsPerCopy);
        }
    }
}
