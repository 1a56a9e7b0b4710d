using System.Buffers.Binary;

namespace VoiceCluster.Media.Sessions;

/// <summary>Finds out in which byte order a client counts its 4-byte nonces up, and then which nonce is newer than all before it.</summary>
/// <remarks>
/// Clients count big or little endian or not at all, so nothing is concluded before one order has shown 16 small steps up and clearly
/// leads. Show it authentic packets only. Mutable: keep it in a field. One key, one thread.
/// </remarks>
internal struct NonceOrder
{
    private const int Proof = 16;
    private const int Enough = 1024;
    private const int SmallStep = 4096;

    private Track _bigEndian;
    private Track _littleEndian;
    private bool _started;

    /// <summary>Takes note of a nonce.</summary>
    /// <returns>True if it is proven newer than every one before it.</returns>
    public bool Observe(ReadOnlySpan<byte> suffix)
    {
        var big = BinaryPrimitives.ReadUInt32BigEndian(suffix);
        var little = BinaryPrimitives.ReadUInt32LittleEndian(suffix);
        if (!_started)
        {
            _started = true;
            _bigEndian.Highest = big;
            _littleEndian.Highest = little;
            return false;
        }

        var bigIsNewer = _bigEndian.Observe(big);
        var littleIsNewer = _littleEndian.Observe(little);
        return (bigIsNewer && Leads(_bigEndian.SmallSteps, _littleEndian.SmallSteps))
            || (littleIsNewer && Leads(_littleEndian.SmallSteps, _bigEndian.SmallSteps));
    }

    private static bool Leads(int steps, int others) => steps >= Proof && steps > 2 * others;

    private struct Track
    {
        public uint Highest;
        public int SmallSteps;

        // Serial arithmetic: some clients begin at a random number and wrap.
        public bool Observe(uint value)
        {
            var step = (int)(value - Highest);
            if (step <= 0)
            {
                return false;
            }

            Highest = value;
            if (step <= SmallStep)
            {
                SmallSteps = Math.Min(SmallSteps + 1, Enough);
            }

            return true;
        }
    }
}
