using System.Collections.Immutable;

namespace VoiceCluster.Client.Measuring;

/// <summary>What a speaker said at each place of its sequence, for listeners in the same process to compare with.</summary>
/// <remarks>
/// The speaker plays a recording in a loop from some offset, so the frame of a place is known without being kept; only
/// the time of sending is, for the last <see cref="KeptTimes"/> frames. One thread sends, any number compare.
/// </remarks>
/// <param name="recording">The frames that are played.</param>
/// <param name="offset">Which frame is played first; speakers with different offsets never say the same thing at once.</param>
public sealed class SentFrames(ImmutableArray<ReadOnlyMemory<byte>> recording, int offset)
{
    /// <summary>How many sending times are kept: 40 seconds at 20 ms.</summary>
    public const int KeptTimes = 2048;

    private readonly long[] _sentAt = new long[KeptTimes];
    private long _count;

    /// <summary>How many frames were sent.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>The frame at a place of the sequence, from 0.</summary>
    public ReadOnlyMemory<byte> FrameAt(long number) => recording[(int)((offset + number) % recording.Length)];

    /// <summary>Notes that the next frame is being sent now, and returns it.</summary>
    public ReadOnlyMemory<byte> TakeNext(TimeSpan now)
    {
        var number = _count;
        Volatile.Write(ref _sentAt[number % KeptTimes], now.Ticks);
        Volatile.Write(ref _count, number + 1);
        return FrameAt(number);
    }

    /// <summary>Compares what was heard with what was said.</summary>
    /// <param name="delay">Time since it was sent; zero unless it matches and the time is still kept.</param>
    /// <returns>True only if that many frames were sent and the bytes are the same.</returns>
    public bool Matches(long number, ReadOnlySpan<byte> heard, TimeSpan now, out TimeSpan delay)
    {
        delay = TimeSpan.Zero;
        var count = Count;
        if (number < 0 || number >= count || !heard.SequenceEqual(FrameAt(number).Span))
        {
            return false;
        }

        if (count - number < KeptTimes)
        {
            delay = now - TimeSpan.FromTicks(Volatile.Read(ref _sentAt[number % KeptTimes]));
        }

        return true;
    }
}
