using System.Globalization;
using VoiceCluster.LoadGen.Joins;
using VoiceCluster.LoadGen.Media;

namespace VoiceCluster.LoadGen.Bench;

/// <summary>Whether packets hear the control plane: their delay at a calm pace while users join and leave all the time.</summary>
internal sealed class QuietPart : IBenchPart
{
    private const double PacketsPerSecond = 1_000;
    private const double Joins = 500;
    private const int SpeakersPerChannel = 2;
    private const int Channels = 10;
    private static readonly TimeSpan Head = TimeSpan.FromSeconds(4);

    /// <inheritdoc />
    public string Name => "quiet";

    /// <inheritdoc />
    public async Task<BenchSection> RunAsync(BenchOptions options, Action<string> progress, CancellationToken cancellation)
    {
        var isDry = options.Size == BenchSize.Dry;
        var shape = new CallShape(isDry ? 2 : Channels, options.FanOut(10) + 1, SpeakersPerChannel);
        await using var arena = await Arena.OpenAsync(options, shape, [Load.Aes], progress, cancellation, hasPacketCore: true);
        await arena.SettleAsync(PacketsPerSecond, cancellation);
        var window = isDry ? options.Window : options.Window * 6;
        var alone = await MeasureAsync(arena, window, cancellation);
        var rate = isDry ? 20 : Joins;
        var head = isDry ? options.WarmUp : Head;
        await using var joins = await JoinsProcess.StartAsync(arena.Node.Address, rate, head + window + head, cancellation);
        await Task.Delay(head, cancellation);
        var beside = await MeasureAsync(arena, window, cancellation);
        var joined = await joins.FinishAsync((2 * head) + TimeSpan.FromSeconds(60), cancellation);
        return new BenchSection(
            "A quiet heap",
            Notes.Quiet,
            ["beside", "server p50, ms", "p99", "p99.9", "core", "GCs", "others on core"],
            [
                ["nothing", .. Residence.Texts(alone), Percent(alone.Utilisation), Collections(alone), Percent(alone.UsedByOthers(options.Core))],
                [$"{joined.ToString("0", CultureInfo.InvariantCulture)} joins a second", .. Residence.Texts(beside), Percent(beside.Utilisation), Collections(beside), Percent(beside.UsedByOthers(options.Core))],
            ],
            [new Figure("quiet.p999", Residence.Percentile(beside, 99.9)), new Figure("quiet.joins", joined)]);
    }

    private static Task<MeasuredWindow> MeasureAsync(Arena arena, TimeSpan window, CancellationToken cancellation) =>
        Measurement.RunAsync(arena.Server, arena.Socket, new Pace(PacketsPerSecond, TimeSpan.FromSeconds(0.1), window), cancellation);

    private static string Percent(double share) => share.ToString("P0", CultureInfo.InvariantCulture);

    private static string Collections(MeasuredWindow window) => (window.Collections ?? double.NaN).ToString("0", CultureInfo.InvariantCulture);
}
