namespace VoiceCluster.Protocol.Rtp;

/// <summary>Judges the sequence numbers of one source under one session key: new, seen, too old, or a jump to be followed.</summary>
/// <remarks>
/// Ask only after the packet proved authentic, else a forger moves the window. Numbers inside the last 1,024 are accepted
/// once, in any order. A number over <see cref="MaximumStep"/> away in either direction is a sender that started over
/// (RFC 3550 appendix A.1): it is believed when the next number follows it. Because whoever recorded two consecutive packets
/// can cause that too, a resync must not by itself move a session's address. After it, lower numbers count as seen.
/// A small step back is a restart only if the packets prove new by their nonces.
/// Extended numbers never run backwards: a restart continues in the next cycle of 65,536.
/// Mutable: keep it in a field, never a copy. One source, one thread. No allocation.
/// </remarks>
public struct ReplayWindow
{
    /// <summary>The largest step between two packets of one run: a minute of audio.</summary>
    public const int MaximumStep = 3000;

    private SequenceUnwrapper _unwrapper;
    private SlidingBitmap _seen;
    private ushort _awaited;
    private bool _isAwaiting;
    private bool _started;

    /// <summary>The highest extended sequence number accepted; 0 before the first.</summary>
    public readonly long Highest => _unwrapper.Highest;

    /// <summary>Judges an authentic packet's sequence number, and remembers it if it is to be used.</summary>
    /// <param name="sequenceNumber">The 16 bits of the header.</param>
    /// <param name="extended">The unwrapped number; meaningful for <c>Fresh</c> and <c>Resynchronized</c>.</param>
    /// <param name="nonceIsNewest">
    /// Whether the packet's nonce was proven newer than every earlier one under the key, so that it cannot be a replay.
    /// </param>
    public ReplayVerdict Judge(ushort sequenceNumber, out long extended, bool nonceIsNewest = false)
    {
        extended = _unwrapper.Peek(sequenceNumber);
        var step = extended - Highest;
        if (!_started || step is > 0 and <= MaximumStep)
        {
            return Advance(extended);
        }

        if (step <= 0 && _seen.Covers(extended) && _seen.TryMark(extended))
        {
            return ReplayVerdict.Fresh;
        }

        var isJump = step is > MaximumStep or < -MaximumStep;
        if ((isJump || nonceIsNewest) && IsAwaited(sequenceNumber))
        {
            return Resynchronize(ref extended);
        }

        return isJump ? ReplayVerdict.PendingResync : _seen.Covers(extended) ? ReplayVerdict.Duplicate : ReplayVerdict.TooOld;
    }

    private ReplayVerdict Advance(long extended)
    {
        if (_started)
        {
            _seen.Advance(extended);
        }
        else
        {
            _seen.Restart(extended);
        }

        _started = true;
        _isAwaiting = false;
        _unwrapper.Restart(extended);
        return ReplayVerdict.Fresh;
    }

    private bool IsAwaited(ushort sequenceNumber)
    {
        var isAwaited = _isAwaiting && sequenceNumber == _awaited;
        _awaited = (ushort)(sequenceNumber + 1);
        _isAwaiting = true;
        return isAwaited;
    }

    private ReplayVerdict Resynchronize(ref long extended)
    {
        if (extended <= Highest)
        {
            extended += 1L << 16;
        }

        _isAwaiting = false;
        _unwrapper.Restart(extended);
        _seen.Restart(extended, markBelow: true);
        return ReplayVerdict.Resynchronized;
    }
}
