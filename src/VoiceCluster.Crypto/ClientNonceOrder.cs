using System.Buffers.Binary;

namespace VoiceCluster.Crypto;

/// <summary>Learns in which byte order a client counts its nonce suffixes, and tells which packets are newer than all before.</summary>
/// <remarks>
/// The four bytes are the client's own, but every known client counts up, big or little endian. Once a run of small steps
/// shows which, a suffix above the highest one proves that a packet is no replay, since the suffix is authenticated. Until
/// then, and for a client that does not count, nothing is proven. Feed it authentic packets only, of all sources and RTCP
/// together: they share the counter.
/// Mutable: keep it in a field, never a copy. One session, one thread.
/// </remarks>
public struct ClientNonceOrder
{
    /// <summary>Steps in a row that settle the order. By chance one step passes as small in one of 2^26 cases.</summary>
    private const int StepsToLearn = 8;

    // Generous to loss: a second of audio and then some.
    private const uint LargestStep = 64;

    private Count _bigEndian;
    private Count _littleEndian;
    private bool _started;

    /// <summary>Whether the order is known.</summary>
    public readonly bool IsKnown => _bigEndian.IsLearned || _littleEndian.IsLearned;

    /// <summary>Tells whether a suffix lies further behind the newest than <paramref name="reach"/>; never while the order is unknown.</summary>
    public readonly bool IsBehind(uint suffix, int reach) => _bigEndian.IsLearned
        ? _bigEndian.IsBehind(suffix, reach)
        : _littleEndian.IsLearned && _littleEndian.IsBehind(BinaryPrimitives.ReverseEndianness(suffix), reach);

    /// <summary>Takes the suffix of an authentic packet.</summary>
    /// <param name="suffix">As <see cref="TransportCipher.TryReadNonceSuffix"/> gives it.</param>
    /// <returns>True if the packet is proven newer than every earlier one.</returns>
    public bool Observe(uint suffix)
    {
        var reversed = BinaryPrimitives.ReverseEndianness(suffix);
        if (!_started)
        {
            _started = true;
            _bigEndian = new Count(suffix);
            _littleEndian = new Count(reversed);
            return false;
        }

        var wasKnown = IsKnown;
        var isNewestBigEndian = _bigEndian.Observe(suffix, wasKnown);
        var isNewestLittleEndian = _littleEndian.Observe(reversed, wasKnown);
        return wasKnown && (_bigEndian.IsLearned ? isNewestBigEndian : isNewestLittleEndian);
    }

    /// <summary>What the suffixes look like in one byte order. The highest counts from the first packet on, so that replays during learning gain nothing.</summary>
    private struct Count(uint first)
    {
        private uint _last = first;
        private uint _highest = first;
        private int _steps;

        public readonly bool IsLearned => _steps >= StepsToLearn;

        public readonly bool IsBehind(uint counter, int reach) => (int)(_highest - counter) > reach;

        public bool Observe(uint counter, bool orderIsKnown)
        {
            if (!orderIsKnown)
            {
                _steps = counter - _last is > 0 and <= LargestStep ? _steps + 1 : 0;
            }

            _last = counter;
            if ((int)(counter - _highest) <= 0)
            {
                return false;
            }

            _highest = counter;
            return true;
        }
    }
}
