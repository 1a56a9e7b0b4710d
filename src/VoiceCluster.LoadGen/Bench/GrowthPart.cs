using System.Collections.Immutable;
using System.Globalization;
using VoiceCluster.LoadGen.Media;

namespace VoiceCluster.LoadGen.Bench;

/// <summary>How the cost of a copy grows with the number of listeners and with the size of a channel.</summary>
internal sealed class GrowthPart : IBenchPart
{
    private const double Share = 0.5;

    private static readonly ImmutableArray<(int Users, int FanOut, string Figure)> Steps =
    [
        (100, 50, "growth.100"), (1_000, 50, "growth.1000"), (5_000, 50, "growth.5000"), (20_000, 50, "growth.20000"), (1_001, 1_000, "growth.fanout1000"),
    ];

    /// <inheritdoc />
    public string Name => "growth";

    /// <inheritdoc />
    public async Task<BenchSection> RunAsync(BenchOptions options, Action<string> progress, CancellationToken cancellation)
    {
        var rows = ImmutableArray.CreateBuilder<ImmutableArray<string>>();
        var figures = ImmutableArray.CreateBuilder<Figure>();
        foreach (var (users, fanOut, figure) in Steps.Where(step => IsWanted(step.Users, options.Size)))
        {
            var shape = CallShape.For(options.Users(users), options.FanOut(fanOut), speakers: 10);
            await using var arena = await Arena.OpenAsync(options, shape, [Load.Aes], progress, cancellation);
            var cost = await ComparedCost.RunAsync(options, arena, Load.Aes, Share, [], cancellation);
            rows.Add(cost.Row(string.Create(CultureInfo.InvariantCulture, $"{users:#,0} listeners, fan-out {fanOut:#,0}")));
            figures.Add(new Figure(figure, cost.Ratio));
        }

        return new BenchSection("How it grows", Notes.Growth, ComparedCost.Columns, rows.ToImmutable(), figures.ToImmutable());
    }

    // The largest crowd takes a minute to join, and in a dry bench all crowds are the same few.
    private static bool IsWanted(int users, BenchSize size) => size switch
    {
        BenchSize.Full => true,
        BenchSize.Quick => users <= 5_000,
        _ => users == Steps[0].Users,
    };
}
