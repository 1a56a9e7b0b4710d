using System.Runtime.CompilerServices;

namespace VoiceCluster.Media.Workers;

/// <summary>What one worker has done; written by its thread alone, with plain stores, and read by others whenever they like.</summary>
internal sealed class WorkerCounters
{
    public static readonly int DropReasons = Enum.GetValues<PacketDropReason>().Length;

    /// <summary>Upper bounds of the residence histogram in microseconds; the last bucket takes the rest.</summary>
    public static readonly long[] ResidenceBoundsMicroseconds = [25, 50, 100, 200, 500, 1000, 1500, 2000, 2500, 3000, 4000, 5000, 10_000, 20_000, 50_000, 100_000];

    /// <summary>Room on both sides of an array, so that it shares no cache line with what other threads write.</summary>
    private const int ArrayPadding = 16;

    private readonly long[] _drops = new long[ArrayPadding + DropReasons + ArrayPadding];
    private readonly long[] _residence = new long[ArrayPadding + ResidenceBoundsMicroseconds.Length + 1 + ArrayPadding];
    private Padded _counts;

    public long PacketsIn => Volatile.Read(ref _counts.PacketsIn);

    public long PacketsOut => Volatile.Read(ref _counts.PacketsOut);

    public void CountReceived(int bytes)
    {
        _counts.PacketsIn++;
        _counts.BytesIn += bytes;
    }

    public void CountSent(int bytes)
    {
        _counts.PacketsOut++;
        _counts.BytesOut += bytes;
    }

    public void CountForwarded() => _counts.Forwarded++;

    public void CountBatch() => _counts.Batches++;

    public void CountDrop(PacketDropReason reason) => _drops[ArrayPadding + (int)reason]++;

    public long Drops(PacketDropReason reason) => Volatile.Read(ref _drops[ArrayPadding + (int)reason]);

    /// <summary>Counts one datagram's time from the kernel to the end of its batch.</summary>
    public void CountResidence(long nanoseconds)
    {
        var microseconds = nanoseconds / 1000;
        var bucket = 0;
        while (bucket < ResidenceBoundsMicroseconds.Length && microseconds > ResidenceBoundsMicroseconds[bucket])
        {
            bucket++;
        }

        _residence[ArrayPadding + bucket]++;
        _counts.ResidenceNanoseconds += nanoseconds;
    }

    /// <summary>Copies everything; each number is whole, but they may be some packets apart from each other.</summary>
    public WorkerStatistics Read() => new()
    {
        PacketsIn = Volatile.Read(ref _counts.PacketsIn),
        BytesIn = Volatile.Read(ref _counts.BytesIn),
        PacketsOut = Volatile.Read(ref _counts.PacketsOut),
        BytesOut = Volatile.Read(ref _counts.BytesOut),
        Forwarded = Volatile.Read(ref _counts.Forwarded),
        Batches = Volatile.Read(ref _counts.Batches),
        ResidenceNanoseconds = Volatile.Read(ref _counts.ResidenceNanoseconds),
        Drops = [.. _drops.AsSpan(ArrayPadding, DropReasons)],
        Residence = [.. _residence.AsSpan(ArrayPadding, ResidenceBoundsMicroseconds.Length + 1)],
    };

    // A cache line (or the pair that the prefetcher takes) of nothing on both sides keeps other threads' data away.
    private struct Padded
    {
#pragma warning disable CS0169, IDE0051, RCS1213, S1144 // The padding is there to take up room.
        private Pad _before;
        public long PacketsIn;
        public long BytesIn;
        public long PacketsOut;
        public long BytesOut;
        public long Forwarded;
        public long Batches;
        public long ResidenceNanoseconds;
        private Pad _after;
#pragma warning restore CS0169, IDE0051, RCS1213, S1144
    }

    [InlineArray(128)]
    private struct Pad
    {
        private byte _first;
    }
}
