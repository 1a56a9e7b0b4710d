using System.Globalization;

namespace VoiceCluster.Node.Configuration;

/// <summary>Sizes as operators write them: bytes, or a whole number of KiB, MiB or GiB.</summary>
public static class ByteSize
{
    private static readonly (string Unit, long Bytes)[] Units = [("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10), ("B", 1)];

    /// <summary>Reads one size. "KB" and "k" are refused, because people differ on whether they mean 1000 or 1024.</summary>
    public static bool TryParse(string text, out long bytes)
    {
        var trimmed = text.AsSpan().Trim();
        var factor = 1L;
        foreach (var (unit, unitBytes) in Units)
        {
            if (trimmed.EndsWith(unit, StringComparison.Ordinal))
            {
                trimmed = trimmed[..^unit.Length].TrimEnd();
                factor = unitBytes;
                break;
            }
        }
        var isNumber = long.TryParse(trimmed, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= long.MaxValue / factor;
        bytes = isNumber ? count * factor : 0;
        return isNumber;
    }

    /// <summary>Writes a size in the largest unit that needs no fraction.</summary>
    public static string Format(long bytes)
    {
        foreach (var (unit, unitBytes) in Units)
        {
            if (unitBytes > 1 && bytes != 0 && bytes % unitBytes == 0)
            {
                return $"{bytes / unitBytes}{unit}";
            }
        }
        return bytes.ToString(CultureInfo.InvariantCulture);
    }
}
