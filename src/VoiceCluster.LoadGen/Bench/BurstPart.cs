using System.Collections.Immutable;
using System.Globalization;
using VoiceCluster.LoadGen.Media;

namespace VoiceCluster.LoadGen.Bench;

/// <summary>What a copy costs when several packets come at once, as those of a picture do.</summary>
internal sealed class BurstPart : IBenchPart
{
    private const int SomeUsers = 100;
    private const int FanOut = 50;
    private const double Share = 0.5;

    /// <inheritdoc />
    public string Name => "bursts";

    /// <inheritdoc />
    public async Task<BenchSection> RunAsync(BenchOptions options, Action<string> progress, CancellationToken cancellation)
    {
        var rows = ImmutableArray.CreateBuilder<ImmutableArray<string>>();
        var figures = ImmutableArray.CreateBuilder<Figure>();
        var shape = CallShape.For(options.Users(SomeUsers), options.FanOut(FanOut), speakers: 10);
        await using var arena = await Arena.OpenAsync(options, shape, [Load.Aes], progress, cancellation);
        foreach (var burst in options.Size == BenchSize.Dry ? new[] { 2 } : [2, 4, 8])
        {
            var cost = await ComparedCost.RunAsync(options, arena, Load.Aes, Share, [], cancellation, burst);
            rows.Add(cost.Row(string.Create(CultureInfo.InvariantCulture, $"{burst} packets at once")));
            figures.Add(new Figure(string.Create(CultureInfo.InvariantCulture, $"burst.{burst}"), cost.Ratio));
        }

        return new BenchSection("Packets that come together", Notes.Bursts, ComparedCost.Columns, rows.ToImmutable(), figures.ToImmutable());
    }
}
