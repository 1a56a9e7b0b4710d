using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using VoiceCluster.LoadGen.Media;

namespace VoiceCluster.LoadGen.Bench;

/// <summary>Twice what the node can forward: what still gets through, how evenly, and how fast all is well again.</summary>
internal sealed class OverloadPart : IBenchPart
{
    private const int ManyUsers = 1_000;
    private const int Listeners = 20;
    private const double Calm = 0.7;
    private static readonly TimeSpan LongestRecovery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    // What a node drops because there is too much; the other reasons are about single packets.
    private static readonly ImmutableArray<string> OfOverload = ["overload", "too_old", "backlog", "receive_buffer_full", "send_buffer_full"];

    /// <inheritdoc />
    public string Name => "overload";

    /// <inheritdoc />
    public async Task<BenchSection> RunAsync(BenchOptions options, Action<string> progress, CancellationToken cancellation)
    {
        var shape = CallShape.For(options.Users(ManyUsers), options.FanOut(50), speakers: 10);
        await using var arena = await Arena.OpenAsync(options, shape, [Load.Aes], progress, cancellation);
        var capacity = await Capacity.FindAsync(options, arena, cancellation);
        var (over, jain) = await OverloadAsync(options, arena, capacity, cancellation);
        var recovery = await RecoverAsync(arena, capacity, cancellation);
        var goodput = over.CopiesPerSecond / capacity.CopiesPerSecond;
        return new BenchSection(
            "Overload",
            Notes.Overload,
            ["offered", "forwarded, copies/s", "of the maximum", "Jain index", "recovery, s", "shed", "too old", "receive buffer full"],
            [
                [
                    $"{(over.LoadSent * shape.FanOut / over.Duration.TotalSeconds / capacity.CopiesPerSecond).ToString("P0", CultureInfo.InvariantCulture)}",
                    over.CopiesPerSecond.ToString("#,0", CultureInfo.InvariantCulture),
                    goodput.ToString("P0", CultureInfo.InvariantCulture),
                    jain.ToString("0.000", CultureInfo.InvariantCulture),
                    recovery.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture),
                    over.Drops.GetValueOrDefault("overload").ToString("#,0", CultureInfo.InvariantCulture),
                    over.Drops.GetValueOrDefault("too_old").ToString("#,0", CultureInfo.InvariantCulture),
                    over.Drops.GetValueOrDefault("receive_buffer_full").ToString("#,0", CultureInfo.InvariantCulture),
                ],
            ],
            [new Figure("overload.goodput", goodput), new Figure("overload.jain", jain), new Figure("overload.recovery", recovery.TotalSeconds)]);
    }

    private static async Task<(MeasuredWindow Window, double Jain)> OverloadAsync(
        BenchOptions options, Arena arena, Capacity capacity, CancellationToken cancellation)
    {
        var listeners = ListenersOf(arena);
        try
        {
            var pace = Load.Limit(arena.Shape, 2 * capacity.PacketsPerSecond);
            using var speech = new SpeechThread(arena.Socket, arena.Server.Speakers, pace);
            await Task.Delay(options.WarmUp, cancellation);
            var heardBefore = listeners.ConvertAll(listener => listener.Copies.Right);
            var (sent, skipped) = (speech.Sent, speech.Skipped);
            var before = await arena.Server.ReadAsync(cancellation);
            await Task.Delay(options.Window * 2, cancellation);
            var after = await arena.Server.ReadAsync(cancellation);
            var heard = listeners.Select((listener, index) => (double)(listener.Copies.Right - heardBefore[index]));
            var jain = Statistics.JainIndex([.. heard]);
            return (new MeasuredWindow(arena.Server.Name, before, after, speech.Sent - sent, speech.Skipped - skipped), jain);
        }
        finally
        {
            listeners.ForEach(listener => listener.Dispose());
        }
    }

    // The last members of channels, who do not speak, so that all are due the same.
    private static List<Listener> ListenersOf(Arena arena) =>
        [.. Enumerable.Range(1, Math.Min(Listeners, arena.Shape.Channels)).Select(channel => arena.Listen((channel * arena.Shape.Members) - 1))];

    /// <summary>The time from the end of the overload, with calm traffic going on, until nothing is dropped any more.</summary>
    private static async Task<TimeSpan> RecoverAsync(Arena arena, Capacity capacity, CancellationToken cancellation)
    {
        using var speech = new SpeechThread(arena.Socket, arena.Server.Speakers, capacity.PacketsPerSecond * Calm);
        var begun = Stopwatch.GetTimestamp();
        var lastDrop = TimeSpan.Zero;
        for (var before = await arena.Server.ReadAsync(cancellation); Stopwatch.GetElapsedTime(begun) < LongestRecovery;)
        {
            await Task.Delay(Look, cancellation);
            var now = await arena.Server.ReadAsync(cancellation);
            var elapsed = Stopwatch.GetElapsedTime(begun);
            lastDrop = NodeDrops.Between(before.Drops, now.Drops).Keys.Any(OfOverload.Contains) ? elapsed : lastDrop;
            before = now;
            if (elapsed - lastDrop > TimeSpan.FromSeconds(1))
            {
                break;
            }
        }

        return lastDrop;
    }
}
