using System.Collections.Immutable;
using System.Globalization;
using VoiceCluster.LoadGen.Media;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.LoadGen.Bench;

/// <summary>The node and the floor, measured in turns at the same load.</summary>
internal sealed class ComparedCost
{
    /// <summary>Heads of the columns of <see cref="Row"/>.</summary>
    public static readonly ImmutableArray<string> Columns =
        ["load", "copies/s", "node ns", "floor ns", "node / floor", "packets/s per core", "in per batch", "B per copy", "GCs", "drops", "others on core"];

    private readonly List<MeasuredWindow> _node = [];
    private readonly List<MeasuredWindow> _floor = [];
    private readonly Dictionary<string, List<MeasuredWindow>> _references = [];
    private readonly int _core;
    private readonly int _burst;

    private ComparedCost(int core, int burst)
    {
        _core = core;
        _burst = burst;
    }

    /// <summary>The node's CPU nanoseconds by copy.</summary>
    public double NodeNanoseconds => Median(_node);

    /// <summary>The floor's.</summary>
    public double FloorNanoseconds => Median(_floor);

    /// <summary>The one by the other.</summary>
    public double Ratio => NodeNanoseconds / FloorNanoseconds;

    /// <summary>Other variants of the floor, by name.</summary>
    public IEnumerable<(string Name, double Nanoseconds)> References => _references.Select(pair => (pair.Key, Median(pair.Value)));

    /// <summary>Measures in turns: the floor, its other variants, the node, and again.</summary>
    public static async Task<ComparedCost> RunAsync(
        BenchOptions options,
        Arena arena,
        TransportEncryptionMode mode,
        double share,
        IReadOnlyList<FloorVariant> references,
        CancellationToken cancellation,
        int burst = 1)
    {
        var pace = await Load.PacketsPerSecondAsync(options, arena, share, cancellation);
        var cost = new ComparedCost(options.Core, burst);
        for (var repetition = 0; repetition < options.Repetitions; repetition++)
        {
            await cost.MeasureFloorsAsync(options, arena, mode, references, pace, cancellation);
            cost._node.Add(await arena.MeasureAsync(pace, cancellation, burst));
        }

        return cost;
    }

    /// <summary>One line of the table.</summary>
    public ImmutableArray<string> Row(string name) =>
    [
        name,
        Number(Statistics.Median(_node.Select(window => window.CopiesPerSecond))),
        Number(NodeNanoseconds),
        Number(FloorNanoseconds),
        Ratio.ToString("0.00", CultureInfo.InvariantCulture),
        Number(1e9 / NodeNanoseconds),
        Statistics.Median(_node.Select(window => window.ReceivedPerBatch)).ToString("0.00", CultureInfo.InvariantCulture),
        Statistics.Median(_node.Select(window => window.AllocatedBytes / window.Sent ?? double.NaN)).ToString("0.00", CultureInfo.InvariantCulture),
        Number(_node.Sum(window => window.Collections ?? 0)),
        Number(_node.Sum(window => window.Drops.Values.Sum())),
        Statistics.Median(_node.Concat(_floor).Select(window => window.UsedByOthers(_core))).ToString("P0", CultureInfo.InvariantCulture),
    ];

    private async Task MeasureFloorsAsync(
        BenchOptions options,
        Arena arena,
        TransportEncryptionMode mode,
        IReadOnlyList<FloorVariant> references,
        double pace,
        CancellationToken cancellation)
    {
        if (!options.HasFloor)
        {
            return;
        }

        _floor.Add(await arena.MeasureFloorAsync(new FloorVariant(mode), pace, cancellation, _burst));
        foreach (var variant in references)
        {
            var window = await arena.MeasureFloorAsync(variant, pace, cancellation, _burst);
            if (!_references.TryGetValue(window.Name, out var windows))
            {
                _references[window.Name] = windows = [];
            }

            windows.Add(window);
        }
    }

    private static double Median(IEnumerable<MeasuredWindow> windows) => Statistics.Median(windows.Select(window => window.NanosecondsPerCopy));

    private static string Number(double value) => value.ToString("#,0", CultureInfo.InvariantCulture);
}
