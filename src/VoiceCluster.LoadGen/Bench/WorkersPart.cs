using System.Collections.Immutable;
using System.Globalization;
using VoiceCluster.LoadGen.Media;

namespace VoiceCluster.LoadGen.Bench;

/// <summary>Whether two packet threads cost more than one for the same load each.</summary>
internal sealed class WorkersPart : IBenchPart
{
    private const int UsersPerWorker = 510;
    private const double SharePerWorker = 0.35;

    // Two packet threads, the rest of the node, and the load: with fewer cores they would only take time from one another.
    private const int CoresForWallClock = 4;

    /// <inheritdoc />
    public string Name => "workers";

    /// <inheritdoc />
    public async Task<BenchSection> RunAsync(BenchOptions options, Action<string> progress, CancellationToken cancellation)
    {
        var one = Shape(options, 1);
        var two = Shape(options, 2);
        await using var first = await Arena.OpenAsync(options, one, [Load.Aes], progress, cancellation);
        await using var second = await Arena.OpenAsync(options, two, [Load.Aes], progress, cancellation, workers: 2);
        var pace = await Load.PacketsPerSecondAsync(options, first, SharePerWorker, cancellation);
        await second.SettleAsync(2 * pace, cancellation);
        var (ofOne, ofTwo) = (new List<MeasuredWindow>(), new List<MeasuredWindow>());
        for (var repetition = 0; repetition < options.Repetitions; repetition++)
        {
            ofOne.Add(await first.MeasureAsync(pace, cancellation));
            ofTwo.Add(await second.MeasureAsync(2 * pace, cancellation));
        }

        var ratio = Nanoseconds(ofTwo) / Nanoseconds(ofOne);
        progress(WallClock);
        return new BenchSection(
            "Two workers",
            $"{Notes.Workers} {WallClock}",
            ["workers", "copies/s", "node ns", "against one"],
            [Row("1", ofOne, 1), Row("2, the same load each", ofTwo, ratio)],
            [new Figure("workers.ratio", ratio)]);
    }

    private static string WallClock => Environment.ProcessorCount < CoresForWallClock
        ? string.Create(CultureInfo.InvariantCulture, $"Wall-clock scaling is not shown: fewer than {CoresForWallClock} cores.")
        : "Wall-clock scaling is not shown: all is kept on one core here.";

    private static CallShape Shape(BenchOptions options, int workers) =>
        CallShape.For(options.Users(UsersPerWorker) * workers, options.FanOut(50), speakers: 10);

    private static double Nanoseconds(IEnumerable<MeasuredWindow> windows) => Statistics.Median(windows.Select(window => window.NanosecondsPerCopy));

    private static ImmutableArray<string> Row(string name, List<MeasuredWindow> windows, double ratio) =>
    [
        name,
        Statistics.Median(windows.Select(window => window.CopiesPerSecond)).ToString("#,0", CultureInfo.InvariantCulture),
        Nanoseconds(windows).ToString("#,0", CultureInfo.InvariantCulture),
        ratio.ToString("0.00", CultureInfo.InvariantCulture),
    ];
}
