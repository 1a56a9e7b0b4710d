using System.Collections.Immutable;
using System.Globalization;
using VoiceCluster.LoadGen.Media;

namespace VoiceCluster.LoadGen.Bench;

/// <summary>How long packets take at 30, 70 and 95 % load, as the server sees it and as a listener does.</summary>
internal sealed class DelayPart : IBenchPart
{
    private const int ManyUsers = 1_000;

    /// <inheritdoc />
    public string Name => "delay";

    /// <inheritdoc />
    public async Task<BenchSection> RunAsync(BenchOptions options, Action<string> progress, CancellationToken cancellation)
    {
        var shape = CallShape.For(options.Users(ManyUsers), options.FanOut(50), speakers: 10);
        await using var arena = await Arena.OpenAsync(options, shape, [Load.Aes], progress, cancellation, hasPacketCore: true);
        var most = await Capacity.PacketsAtOnceAsync(options, arena, cancellation);
        progress(string.Create(CultureInfo.InvariantCulture, $"the most it forwards at once: {most * shape.FanOut:#,0} copies a second"));
        var rows = ImmutableArray.CreateBuilder<ImmutableArray<string>>();
        var figures = ImmutableArray.CreateBuilder<Figure>();
        using var listener = arena.Listen(shape.Members - 1);
        foreach (var percent in new[] { 30, 70, 95 })
        {
            listener.Copies.ForgetDelays();
            var window = await arena.MeasureAsync(most * percent / 100, cancellation);
            rows.Add(Row(percent, window, listener.Copies, options.Core));
            figures.Add(new Figure(string.Create(CultureInfo.InvariantCulture, $"delay.{percent}.p99"), Residence.Percentile(window, 99)));
        }

        return new BenchSection(
            "Delay",
            Notes.Delay,
            ["load", "copies/s", "core", "server p50, ms", "p99", "p99.9", "end to end p50, ms", "p99", "p99.9", "drops", "others on core"],
            rows.ToImmutable(),
            figures.ToImmutable());
    }

    private static ImmutableArray<string> Row(int percent, MeasuredWindow window, CopyReader copies, int core) =>
    [
        $"{percent.ToString(CultureInfo.InvariantCulture)} %",
        window.CopiesPerSecond.ToString("#,0", CultureInfo.InvariantCulture),
        window.Utilisation.ToString("P0", CultureInfo.InvariantCulture),
        .. Residence.Texts(window),
        Text(copies, 50),
        Text(copies, 99),
        Text(copies, 99.9),
        window.Drops.Values.Sum().ToString("#,0", CultureInfo.InvariantCulture),
        window.UsedByOthers(core).ToString("P0", CultureInfo.InvariantCulture),
    ];

    private static string Text(CopyReader copies, double percent) =>
        copies.Delays.Percentile(percent).TotalMilliseconds.ToString("0.000", CultureInfo.InvariantCulture);
}
