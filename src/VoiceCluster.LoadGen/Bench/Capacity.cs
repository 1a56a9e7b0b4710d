using VoiceCluster.LoadGen.Media;

namespace VoiceCluster.LoadGen.Bench;

/// <summary>What a node can do.</summary>
/// <param name="PacketsPerSecond">Of all speakers, where it forwards the most.</param>
/// <param name="CopiesPerSecond">What comes of them.</param>
internal sealed record Capacity(double PacketsPerSecond, double CopiesPerSecond)
{
    private const double Share = 0.5;
    private const double Step = 1.2;
    private const double LeastGain = 1.03;
    private const int MostSteps = 6;

    /// <summary>
    /// How many packets a second would take all of the core, if each went out at once: by what a copy costs at half a core. Beyond that packets have to wait for one another, and
    /// go out together, which costs less; so a node forwards more than that, but no longer without delay.
    /// </summary>
    public static async Task<double> PacketsAtOnceAsync(BenchOptions options, Arena arena, CancellationToken cancellation)
    {
        var half = await Load.PacketsPerSecondAsync(options, arena, Share, cancellation);
        return options.Size == BenchSize.Dry
            ? half
            : Load.CopiesAt(1, (await arena.MeasureAsync(half, cancellation)).NanosecondsPerCopy) / arena.Shape.FanOut;
    }

    /// <summary>Drives a node harder and harder, from what its cost at half a core lets expect, until it forwards no more than the time before.</summary>
    public static async Task<Capacity> FindAsync(BenchOptions options, Arena arena, CancellationToken cancellation)
    {
        var offered = await PacketsAtOnceAsync(options, arena, cancellation);
        if (options.Size == BenchSize.Dry)
        {
            return new Capacity(offered, offered * arena.Shape.FanOut);
        }

        var most = 0.0;
        for (var step = 0; step < MostSteps; step++)
        {
            var forwarded = (await arena.MeasureAsync(Load.Limit(arena.Shape, offered), cancellation)).CopiesPerSecond;
            var hasGained = forwarded > most * LeastGain;
            most = Math.Max(most, forwarded);
            if (!hasGained)
            {
                break;
            }

            offered *= Step;
        }

        return new Capacity(most / arena.Shape.FanOut, most);
    }
}
