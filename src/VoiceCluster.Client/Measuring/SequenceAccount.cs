namespace VoiceCluster.Client.Measuring;

/// <summary>How an arriving packet stands to those of its source that came before.</summary>
public enum SequenceArrival
{
    /// <summary>Newer than all before it.</summary>
    Newer,

    /// <summary>Not seen yet, but a newer one came first.</summary>
    Reordered,

    /// <summary>Seen before, or too old to tell.</summary>
    Duplicate,

    /// <summary>So far from all others that it belongs to another sequence.</summary>
    Foreign,
}

/// <summary>Unwraps the 16-bit RTP sequence of one source and counts what was received, lost, reordered and repeated.</summary>
/// <remarks>One thread at a time records; any thread may read the counters.</remarks>
/// <param name="first">The sequence number of the first packet that was or will be sent; it is number 0.</param>
public sealed class SequenceAccount(ushort first)
{
    /// <summary>How far behind the newest a packet may be and still be told from a duplicate.</summary>
    public const int Window = 1024;

    /// <summary>A step beyond this in either direction is no loss and no reorder (RFC 3550 appendix A.1).</summary>
    private const int LargestStep = 3000;

    private readonly ulong[] _seen = new ulong[Window / 64];
    private long _highest = -1;

    /// <summary>Packets seen for the first time.</summary>
    public long Received { get; private set; }

    /// <summary>Those of them that came after a newer one.</summary>
    public long Reordered { get; private set; }

    /// <summary>Packets seen again.</summary>
    public long Duplicates { get; private set; }

    /// <summary>Packets whose number lies nowhere near the others.</summary>
    public long Foreign { get; private set; }

    /// <summary>Numbers up to the highest seen that never came, or not yet.</summary>
    public long MissingSoFar => _highest + 1 - Received;

    /// <summary>Numbers that never came, when <paramref name="sent"/> packets were sent in all.</summary>
    public long LostOf(long sent) => Math.Max(0, sent - Received);

    /// <summary>Takes one arrived packet into account.</summary>
    /// <param name="number">Its place since the first packet, from 0; negative or meaningless when foreign.</param>
    public SequenceArrival Record(ushort sequenceNumber, out long number)
    {
        var expected = (ushort)(first + _highest + 1);
        var step = (short)(sequenceNumber - expected);
        number = _highest + 1 + step;
        if (number < 0 || Math.Abs((int)step) > LargestStep)
        {
            Foreign++;
            return SequenceArrival.Foreign;
        }

        return number > _highest ? RecordNewer(number) : RecordOlder(number);
    }

    private SequenceArrival RecordNewer(long number)
    {
        for (var skipped = Math.Max(_highest + 1, number - Window + 1); skipped <= number; skipped++)
        {
            Mark(skipped, false);
        }

        Mark(number, true);
        _highest = number;
        Received++;
        return SequenceArrival.Newer;
    }

    private SequenceArrival RecordOlder(long number)
    {
        if (number <= _highest - Window || IsMarked(number))
        {
            Duplicates++;
            return SequenceArrival.Duplicate;
        }

        Mark(number, true);
        Received++;
        Reordered++;
        return SequenceArrival.Reordered;
    }

    private bool IsMarked(long number) => (_seen[number % Window / 64] & Bit(number)) != 0;

    private void Mark(long number, bool seen)
    {
        ref var word = ref _seen[number % Window / 64];
        word = seen ? word | Bit(number) : word & ~Bit(number);
    }

    private static ulong Bit(long number) => 1UL << (int)(number % 64);
}
