using System.Globalization;

namespace VoiceCluster.Node.Configuration;

/// <summary>Durations as operators write them: a whole number and a unit, such as 500ms, 30s, 5m, 1h or 2d.</summary>
public static class Duration
{
    private static readonly (string Unit, long Ticks)[] Units =
    [
        ("ms", TimeSpan.TicksPerMillisecond),
        ("d", TimeSpan.TicksPerDay),
        ("h", TimeSpan.TicksPerHour),
        ("m", TimeSpan.TicksPerMinute),
        ("s", TimeSpan.TicksPerSecond),
    ];

    /// <summary>Reads one duration. A number without a unit is refused: it would mean seconds to one reader and milliseconds to the next.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var trimmed = text.AsSpan().Trim();
        foreach (var (unit, ticks) in Units)
        {
            if (!trimmed.EndsWith(unit, StringComparison.Ordinal))
            {
                continue;
            }
            var number = trimmed[..^unit.Length].TrimEnd();
            if (!long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > long.MaxValue / ticks)
            {
                return false;
            }
            duration = TimeSpan.FromTicks(count * ticks);
            return true;
        }
        return false;
    }

    /// <summary>Writes a duration of whole milliseconds in the largest unit that needs no fraction.</summary>
    public static string Format(TimeSpan duration)
    {
        foreach (var (unit, ticks) in Units.Skip(1))
        {
            if (duration.Ticks != 0 && duration.Ticks % ticks == 0)
            {
                return $"{duration.Ticks / ticks}{unit}";
            }
        }
        return duration == TimeSpan.Zero ? "0s" : $"{duration.Ticks / TimeSpan.TicksPerMillisecond}ms";
    }
}
