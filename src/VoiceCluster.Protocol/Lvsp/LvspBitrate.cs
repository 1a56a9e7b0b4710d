namespace VoiceCluster.Protocol.Lvsp;

/// <summary>Bitrates of voice channels, in bits per second.</summary>
public static class LvspBitrate
{
    /// <summary>What a channel has that was made without being told one.</summary>
    public const int Default = 64_000;

    /// <summary>The least a channel is given: the lowest that Discord's clients can set.</summary>
    public const int Minimum = 8_000;

    /// <summary>The most a channel is given: beyond what Opus uses, and the top of the kbit/s reading.</summary>
    public const int Maximum = 512_000;

    // Backends store both units; no channel is meant to have 512 bit/s, and none has 513 kbit/s.
    private const int LargestKilobits = 512;

    /// <summary>Reads a number from the wire: one of at most 512 counts kbit/s, a larger one bit/s.</summary>
    /// <returns>False for 0 and below. What does not fit is <see cref="int.MaxValue"/>.</returns>
    public static bool TryNormalize(long value, out int bitsPerSecond)
    {
        bitsPerSecond = value switch
        {
            <= 0 => 0,
            <= LargestKilobits => (int)value * 1000,
            > int.MaxValue => int.MaxValue,
            _ => (int)value,
        };
        return value > 0;
    }

    /// <summary>The bitrate in force when <paramref name="bitsPerSecond"/> is asked for.</summary>
    public static int Clamp(int bitsPerSecond) => Math.Clamp(bitsPerSecond, Minimum, Maximum);
}
