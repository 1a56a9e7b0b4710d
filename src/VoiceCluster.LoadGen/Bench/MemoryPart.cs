using System.Collections.Immutable;
using System.Globalization;
using VoiceCluster.LoadGen.Media;
using VoiceCluster.LoadGen.Native;

namespace VoiceCluster.LoadGen.Bench;

/// <summary>What a user costs who is connected and silent.</summary>
internal sealed class MemoryPart : IBenchPart
{
    private const int ManyUsers = 5_000;
    private const int FewUsers = 500;
    private const double KiB = 1024;

    /// <inheritdoc />
    public string Name => "memory";

    /// <inheritdoc />
    public async Task<BenchSection> RunAsync(BenchOptions options, Action<string> progress, CancellationToken cancellation)
    {
        // The difference of two crowds: what the first users need once for all is in both.
        var few = await MeasureAsync(options, FewUsers, progress, cancellation);
        var many = await MeasureAsync(options, ManyUsers, progress, cancellation);
        var users = Math.Max(1, many.Users - few.Users);
        var resident = (many.Resident - few.Resident) / users / KiB;
        var managed = (many.Managed - few.Managed) / users / KiB;
        return new BenchSection(
            "Memory per idle user",
            Notes.Memory,
            ["users", "resident, KiB per user", "of it managed heap, KiB per user"],
            [[many.Users.ToString("#,0", CultureInfo.InvariantCulture), Text(resident), Text(managed)]],
            [new Figure("memory.resident", resident), new Figure("memory.managed", managed)]);
    }

    private static async Task<(int Users, double Resident, double Managed)> MeasureAsync(
        BenchOptions options, int users, Action<string> progress, CancellationToken cancellation)
    {
        var shape = CallShape.For(options.Size == BenchSize.Dry ? users / 50 : users, options.FanOut(50), speakers: 1);
        await using var arena = await Arena.OpenAsync(options, shape, [Load.Aes], progress, cancellation);
        var page = await arena.Server.ReadCollectedAsync(cancellation);
        return (shape.Users, KernelCounters.ResidentBytes(arena.Node.Id), page.Sum("dotnet_gc_last_collection_heap_size_bytes") ?? double.NaN);
    }

    private static string Text(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);
}
