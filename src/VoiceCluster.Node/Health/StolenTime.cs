using System.Buffers.Text;

namespace VoiceCluster.Node.Health;

/// <summary>What a hypervisor takes from this machine's processors; nothing where the system does not say.</summary>
internal sealed class StolenTime
{
    private const string Source = "/proc/stat";
    private const int StolenColumn = 7;
    private const int Columns = 8;

    private long _stolen;
    private long _total;

    /// <summary>The share of all processors that was taken since the last call, 0 to 1.</summary>
    public double ReadShare()
    {
        if (!TryRead(out var stolen, out var total) || total <= _total)
        {
            return 0;
        }

        var share = _total == 0 ? 0 : (double)(stolen - _stolen) / (total - _total);
        (_stolen, _total) = (stolen, total);
        return Math.Clamp(share, 0, 1);
    }

    /// <summary>Reads the line of all processors: user, nice, system, idle, iowait, irq, softirq, steal; in ticks since boot.</summary>
    /// <returns>False for anything else.</returns>
    internal static bool TryParse(ReadOnlySpan<byte> text, out long stolen, out long total)
    {
        (stolen, total) = (0, 0);
        if (!text.StartsWith("cpu "u8))
        {
            return false;
        }

        text = text["cpu ".Length..];
        for (var column = 0; column < Columns; column++)
        {
            text = text.TrimStart((byte)' ');
            if (!Utf8Parser.TryParse(text, out long ticks, out var length))
            {
                return false;
            }

            total += ticks;
            stolen = column == StolenColumn ? ticks : stolen;
            text = text[length..];
        }

        return true;
    }

    private static bool TryRead(out long stolen, out long total)
    {
        (stolen, total) = (0, 0);
        try
        {
            Span<byte> buffer = stackalloc byte[256];
            using var file = File.OpenHandle(Source);
            return TryParse(buffer[..RandomAccess.Read(file, buffer, 0)], out stolen, out total);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
