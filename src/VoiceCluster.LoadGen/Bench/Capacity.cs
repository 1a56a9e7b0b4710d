using VoiceCluster.LoadGen.Media;

namespace VoiceCluster.LoadGen.Bench;

/// <summary>The most that a node forwards.</summary>
/// <param name="PacketsPerSecond">Of all speakers, at that point.</param>
/// <param name="CopiesPerSecond">What comes of them.</param>
internal sealed record Capacity(double PacketsPerSecond, double CopiesPerSecond)
{
    private const double Share = 0.5;
    private const double Beyond = 1.15;

    /// <summary>Drives a node a little beyond what its cost at half a core lets expect; what it forwards then is its capacity.</summary>
    public static async Task<Capacity> FindAsync(BenchOptions options, Arena arena, CancellationToken cancellation)
    {
        var half = await Load.PacketsPerSecondAsync(options, arena, Share, cancellation);
        if (options.Size == BenchSize.Dry)
        {
            return new Capacity(half, half * arena.Shape.FanOut);
        }

        var atHalf = await arena.MeasureAsync(half, cancellation);
        var expected = Load.CopiesAt(1, atHalf.NanosecondsPerCopy) / arena.Shape.FanOut;
        var beyond = await arena.MeasureAsync(Load.Limit(arena.Shape, expected * Beyond), cancellation);
        return new Capacity(beyond.CopiesPerSecond / arena.Shape.FanOut, beyond.CopiesPerSecond);
    }
}
