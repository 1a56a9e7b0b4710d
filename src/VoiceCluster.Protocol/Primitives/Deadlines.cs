namespace VoiceCluster.Protocol.Primitives;

/// <summary>Looks through a protocol's deadlines.</summary>
internal static class Deadlines
{
    /// <summary>The earliest deadline that is set; null if none is.</summary>
    public static TimeSpan? Earliest(ReadOnlySpan<TimeSpan?> deadlines)
    {
        TimeSpan? earliest = null;
        foreach (var deadline in deadlines)
        {
            earliest = earliest <= deadline ? earliest : deadline ?? earliest;
        }

        return earliest;
    }
}
