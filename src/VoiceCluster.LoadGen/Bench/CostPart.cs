using System.Collections.Immutable;
using System.Globalization;
using VoiceCluster.Crypto;
using VoiceCluster.LoadGen.Media;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.LoadGen.Bench;

/// <summary>What a copy costs at two fan-outs in both AEAD modes, beside the floor.</summary>
internal sealed class CostPart : IBenchPart
{
    private const int SomeUsers = 100;
    private const double Share = 0.5;

    /// <inheritdoc />
    public string Name => "cost";

    /// <inheritdoc />
    public async Task<BenchSection> RunAsync(BenchOptions options, Action<string> progress, CancellationToken cancellation)
    {
        var rows = ImmutableArray.CreateBuilder<ImmutableArray<string>>();
        var figures = ImmutableArray.CreateBuilder<Figure>();
        foreach (var (mode, name, title) in new[] { (Load.Aes, "aes", "AES-GCM"), (Load.XChaCha, "xchacha", "XChaCha20") }.Where(mode => TransportCiphers.IsAvailable(mode.Item1)))
        {
            foreach (var fanOut in new[] { 10, 50 })
            {
                var cost = await MeasureAsync(options, mode, fanOut, progress, cancellation);
                rows.Add(cost.Row($"{title}, fan-out {fanOut.ToString(CultureInfo.InvariantCulture)}"));
                rows.AddRange(cost.References.Select(reference => ReferenceRow(reference.Name, fanOut, reference.Nanoseconds)));
                figures.Add(new Figure($"cost.{name}.{fanOut.ToString(CultureInfo.InvariantCulture)}", cost.Ratio));
            }
        }

        return new BenchSection("What a copy costs", Notes.Cost, ComparedCost.Columns, rows.ToImmutable(), figures.ToImmutable());
    }

    private static async Task<ComparedCost> MeasureAsync(
        BenchOptions options, TransportEncryptionMode mode, int fanOut, Action<string> progress, CancellationToken cancellation)
    {
        var shape = CallShape.For(options.Users(SomeUsers), options.FanOut(fanOut), speakers: 10);
        await using var arena = await Arena.OpenAsync(options, shape, [mode], progress, cancellation);
        FloorVariant[] references = mode == Load.Aes ? [new(null), new(null, IsSingle: true), new(mode, IsSingle: true)] : [];
        return await ComparedCost.RunAsync(options, arena, mode, Share, references, cancellation);
    }

    private static ImmutableArray<string> ReferenceRow(string name, int fanOut, double nanoseconds)
    {
        var cells = new string[ComparedCost.Columns.Length];
        Array.Fill(cells, string.Empty);
        cells[0] = $"for reference: {name}, fan-out {fanOut.ToString(CultureInfo.InvariantCulture)}";
        cells[3] = nanoseconds.ToString("#,0", CultureInfo.InvariantCulture);
        return [.. cells];
    }
}
