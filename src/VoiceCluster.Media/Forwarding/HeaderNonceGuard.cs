using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Media.Forwarding;

/// <summary>Numbers one source's packets for receivers in <c>xsalsa20_poly1305</c>, where the header is the nonce and must never repeat.</summary>
/// <remarks>
/// <para>A sender that starts over (a bot's next player counts from 0 again) would send new frames under old headers: for these
/// receivers its numbers and timestamps go on where they were. Sequence numbers repeat after 65,536 packets, so in each such cycle
/// timestamps must lie beyond all of the cycles before; a packet for which that does not hold is refused.</para>
/// <para>Timestamps themselves repeat after 2^32 ticks, a day of sound. From then on they are one tick later than the sender's, and so on,
/// which keeps them apart from those of earlier days as frames are 120 ticks or more.</para>
/// Feed it every packet of the source that is forwarded, in any order. One source, one thread.
/// </remarks>
internal sealed class HeaderNonceGuard
{
    private const int SequenceBits = 16;
    private const int TimestampBits = 32;

    /// <summary>How far back a newer packet's timestamp may lie, as video frames do; ten seconds of sound. Beyond it is a new beginning.</summary>
    private const long TimestampTolerance = 480_000;

    private bool _started;
    private long _sequenceShift;
    private long _highestSequence;
    private uint _timestampShift;

    // Timestamps are unwrapped, so that they compare plainly.
    private long _highestTimestamp;
    private long _cycle;
    private long _floor = long.MinValue;
    private long _previousFloor = long.MinValue;

    /// <summary>Numbers a packet.</summary>
    /// <param name="sequence">Its extended number; given once only.</param>
    /// <param name="timestamp">Its timestamp.</param>
    /// <param name="isRestart">Whether the sender starts over with it.</param>
    /// <param name="safeSequence">The number to send.</param>
    /// <param name="safeTimestamp">The timestamp to send.</param>
    /// <returns>False if the header could repeat one that was sent.</returns>
    public bool TryMap(long sequence, uint timestamp, bool isRestart, out ushort safeSequence, out uint safeTimestamp)
    {
        if (!_started)
        {
            Start(sequence, timestamp);
        }
        else if (isRestart)
        {
            _sequenceShift = _highestSequence + 1 - sequence;
            _timestampShift = (uint)_highestTimestamp + OpusFrame.TicksPer20Milliseconds - timestamp;
        }

        var shifted = sequence + _sequenceShift;
        var extended = Unwrap(timestamp + _timestampShift);
        if (shifted > _highestSequence && extended < _highestTimestamp - TimestampTolerance)
        {
            _timestampShift += (uint)(_highestTimestamp + OpusFrame.TicksPer20Milliseconds - extended);
            extended = _highestTimestamp + OpusFrame.TicksPer20Milliseconds;
        }

        safeSequence = (ushort)shifted;
        safeTimestamp = (uint)(extended + (extended >> TimestampBits));
        if (!IsFresh(shifted >> SequenceBits, extended))
        {
            return false;
        }

        _highestSequence = Math.Max(_highestSequence, shifted);
        _highestTimestamp = Math.Max(_highestTimestamp, extended);
        return true;
    }

    private void Start(long sequence, uint timestamp)
    {
        _started = true;
        _highestSequence = sequence;
        _highestTimestamp = timestamp;
        _cycle = sequence >> SequenceBits;
    }

    private long Unwrap(uint timestamp) => _highestTimestamp + (int)(timestamp - (uint)_highestTimestamp);

    private bool IsFresh(long cycle, long timestamp)
    {
        if (cycle > _cycle)
        {
            _previousFloor = cycle == _cycle + 1 ? _floor : _highestTimestamp;
            _floor = _highestTimestamp;
            _cycle = cycle;
        }

        if (cycle == _cycle)
        {
            return timestamp > _floor;
        }

        return cycle == _cycle - 1 && timestamp > _previousFloor && timestamp <= _floor;
    }
}
