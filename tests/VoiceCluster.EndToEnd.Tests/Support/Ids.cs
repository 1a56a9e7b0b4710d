using System.Globalization;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.EndToEnd.Tests.Support;

/// <summary>Snowflakes that no other test uses.</summary>
internal static class Ids
{
    private static long _last = 41_771_983_423_143_937;

    public static string Next() => Interlocked.Increment(ref _last).ToString(CultureInfo.InvariantCulture);

    public static Snowflake Snowflake(string text) =>
        VoiceCluster.Protocol.Primitives.Snowflake.TryParse(text, out var id) ? id : throw new FormatException(text);
}
