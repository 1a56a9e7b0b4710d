namespace VoiceCluster.Protocol.Rtp;

/// <summary>Turns wrapping 16-bit sequence numbers into 64-bit ones that can be compared and subtracted plainly.</summary>
/// <remarks>
/// Each number becomes the one nearest to the highest seen so far. The first stands for itself; numbers that belong before a
/// first of, say, 0 come out negative. Mutable: keep it in a field, never a copy. One stream, one thread.
/// </remarks>
public struct SequenceUnwrapper
{
    private bool _started;

    /// <summary>The highest extended number so far; 0 before the first.</summary>
    public long Highest { get; private set; }

    /// <summary>What a number would extend to, leaving the state as it is.</summary>
    public readonly long Peek(ushort sequenceNumber) =>
        _started ? Highest + (short)(sequenceNumber - (ushort)Highest) : sequenceNumber;

    /// <summary>Extends a number and remembers it if it is the highest.</summary>
    public long Unwrap(ushort sequenceNumber)
    {
        var extended = Peek(sequenceNumber);
        if (!_started || extended > Highest)
        {
            Restart(extended);
        }

        return extended;
    }

    /// <summary>Makes an extended number the highest, whatever came before.</summary>
    public void Restart(long extended)
    {
        _started = true;
        Highest = extended;
    }
}
