namespace VoiceCluster.Crypto;

/// <summary>The four nonce bytes a server appends to what it seals, kept apart from those its client uses.</summary>
/// <remarks>
/// Both directions share one key, and most clients count from 0 or 1, big or little endian. So a server's suffix, written big
/// endian, always has the top bit of its first and of its last byte set: those clients reach such a number in neither byte
/// order within 2^31 packets. (Against one that starts at random a meeting is only unlikely.) What remains is a 30-bit
/// counter, of which no value may be used twice under one key.
/// </remarks>
public static class ServerNonceSuffix
{
    /// <summary>One past the highest counter. A session that gets here needs a new key.</summary>
    public const uint CounterLimit = 1u << 30;

    private const uint ServerBits = 0x8000_0080;
    private const uint LowCounterMask = 0x7F;

    /// <summary>The suffix for a counter.</summary>
    /// <param name="counter">From 0 to <see cref="CounterLimit"/> - 1; beyond it suffixes would repeat, so that is refused.</param>
    public static uint FromCounter(uint counter)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(counter, CounterLimit);
        return ServerBits | (counter & ~LowCounterMask) << 1 | (counter & LowCounterMask);
    }

    /// <summary>Tells whether a suffix, read big endian, is one of a server's.</summary>
    public static bool IsServer(uint suffix) => (suffix & ServerBits) == ServerBits;
}
