using System.Globalization;
using VoiceCluster.LoadGen.Joins;
using VoiceCluster.LoadGen.Media;

namespace VoiceCluster.LoadGen.Bench;

/// <summary>A long run at 70 % load with users who come and go: nothing grows, and every packet is accounted for.</summary>
internal sealed class SoakPart : IBenchPart
{
    private const int ManyUsers = 1_000;
    private const double Share = 0.7;
    private const double JoinsPerSecond = 20;
    private const double WarmingJoinsPerSecond = 400;

    /// <summary>Joins after which caches that are bounded, such as that of users who have left, hold as much as they ever will.</summary>
    private const double WarmingJoins = 20_000;

    private static readonly TimeSpan Flush = TimeSpan.FromSeconds(1);

    /// <inheritdoc />
    public string Name => "soak";

    /// <inheritdoc />
    public async Task<BenchSection> RunAsync(BenchOptions options, Action<string> progress, CancellationToken cancellation)
    {
        var shape = CallShape.For(options.Users(ManyUsers), options.FanOut(50), speakers: 10);
        await using var arena = await Arena.OpenAsync(options, shape, [Load.Aes], progress, cancellation);
        var pace = Share * await Capacity.PacketsAtOnceAsync(options, arena, cancellation);

        // What joins need once, and what traffic needs once, is there before the first look.
        if (options.Size == BenchSize.Full)
        {
            await JoinAsync(arena, WarmingJoinsPerSecond, TimeSpan.FromSeconds(WarmingJoins / WarmingJoinsPerSecond), cancellation);
        }

        await SoakAsync(arena, pace, options.Settling * 2, cancellation);
        var before = await LookAsync(arena, cancellation);
        var sent = await SoakAsync(arena, pace, options.Soak, cancellation);
        var after = await LookAsync(arena, cancellation);

        var account = new SoakAccount(before, after, sent, shape.FanOut);
        return new BenchSection(
            "Soak",
            Notes.Soak,
            ["minutes", "packets sent", "copies", "dropped, all explained", "not explained", "managed heap growth", "resident growth", "GCs"],
            [
                [
                    options.Soak.TotalMinutes.ToString("0.##", CultureInfo.InvariantCulture),
                    sent.ToString("#,0", CultureInfo.InvariantCulture),
                    account.Copies.ToString("#,0", CultureInfo.InvariantCulture),
                    account.Explained.ToString("#,0", CultureInfo.InvariantCulture),
                    account.Unexplained.ToString("#,0", CultureInfo.InvariantCulture),
                    (account.HeapGrowth / 100).ToString("P1", CultureInfo.InvariantCulture),
                    (account.ResidentGrowth / 100).ToString("P1", CultureInfo.InvariantCulture),
                    account.Collections.ToString("0", CultureInfo.InvariantCulture),
                ],
            ],
            [new Figure("soak.growth", account.HeapGrowth), new Figure("soak.unexplained", account.Unexplained)]);
    }

    private static async Task<long> SoakAsync(Arena arena, double pace, TimeSpan duration, CancellationToken cancellation)
    {
        await using var joins = await JoinsProcess.StartAsync(arena.Node.Address, JoinsPerSecond, duration, cancellation);
        long sent;
        using (var speech = new SpeechThread(arena.Socket, arena.Server.Speakers, pace))
        {
            await Task.Delay(duration, cancellation);
            speech.PacketsPerSecond = 0;
            await Task.Delay(Flush, cancellation);
            sent = speech.Sent;
        }

        await joins.FinishAsync(TimeSpan.FromSeconds(60), cancellation);
        return sent;
    }

    private static async Task JoinAsync(Arena arena, double rate, TimeSpan duration, CancellationToken cancellation)
    {
        await using var joins = await JoinsProcess.StartAsync(arena.Node.Address, rate, duration, cancellation);
        await joins.FinishAsync(duration + TimeSpan.FromSeconds(60), cancellation);
    }

    private static async Task<ForwarderReading> LookAsync(Arena arena, CancellationToken cancellation)
    {
        await arena.Server.ReadCollectedAsync(cancellation);
        return await arena.Server.ReadAsync(cancellation);
    }
}
