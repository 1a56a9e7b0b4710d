using System.Runtime.CompilerServices;

namespace VoiceCluster.Protocol.Rtp;

/// <summary>Which of the last 1,024 numbers up to a moving highest one were seen.</summary>
/// <remarks>
/// A ring of bits indexed by the number's low ten bits. Mutable: keep it in a field, never a copy. 136 bytes, one thread.
/// </remarks>
public struct SlidingBitmap
{
    /// <summary>How many numbers are remembered, the highest one included: at 50 packets a second, 20 seconds.</summary>
    public const int Size = 1024;

    private const int WordBits = 64;
    private Words _words;

    /// <summary>The highest number seen; meaningful only after <see cref="Restart"/>.</summary>
    public long Highest { get; private set; }

    /// <summary>Tells whether a number lies in the window: at most 1,023 below the highest, and not above it.</summary>
    public readonly bool Covers(long number) => number <= Highest && Highest - number < Size;

    /// <summary>Marks a covered number.</summary>
    /// <returns>False if it was marked already.</returns>
    public bool TryMark(long number)
    {
        ref var word = ref _words[WordOf(number)];
        var bit = Bit(number);
        if ((word & bit) != 0)
        {
            return false;
        }

        word |= bit;
        return true;
    }

    /// <summary>Moves the window up to a higher number and marks it.</summary>
    public void Advance(long number)
    {
        if (number - Highest >= Size)
        {
            Restart(number);
            return;
        }

        while (Highest < number)
        {
            Clear(++Highest);
        }

        TryMark(number);
    }

    /// <summary>Forgets everything and makes one number the highest.</summary>
    /// <param name="number">The new highest number, marked.</param>
    /// <param name="markBelow">Whether the numbers below it count as seen.</param>
    public void Restart(long number, bool markBelow = false)
    {
        Span<ulong> words = _words;
        words.Fill(markBelow ? ulong.MaxValue : 0);
        Highest = number;
        TryMark(number);
    }

    private void Clear(long number) => _words[WordOf(number)] &= ~Bit(number);

    // A shift takes the low six bits of its count, which is right for negative numbers too.
    private static ulong Bit(long number) => 1UL << (int)number;

    private static int WordOf(long number) => (int)((number & (Size - 1)) / WordBits);

    [InlineArray(Size / WordBits)]
    private struct Words
    {
        private ulong _first;
    }
}
