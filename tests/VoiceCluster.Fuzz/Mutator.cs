using System.Buffers.Binary;

namespace VoiceCluster.Fuzz;

/// <summary>Spoils well-formed inputs in the ways that hurt parsers: lengths, edges, repeats, cuts, and parts of one in another.</summary>
internal sealed class Mutator(Random random, IReadOnlyList<byte[]> corpus)
{
    /// <summary>Twice the largest datagram the server reads; a parser that fails only beyond it cannot be reached.</summary>
    private const int MaximumLength = 4096;

    private const int MaximumMutations = 8;

    private static ReadOnlySpan<byte> EdgeBytes => [0, 1, 0x0F, 0x10, 0x1F, 0x7F, 0x80, 0x81, 0x90, 0x9F, 0xA0, 0xBE, 0xC8, 0xCE, 0xDE, 0xFF];

    /// <summary>The next input.</summary>
    public byte[] Next()
    {
        if (random.Next(64) == 0)
        {
            return Noise(random.Next(200));
        }

        var input = new List<byte>(Pick());
        for (var i = random.Next(1, MaximumMutations + 1); i > 0; i--)
        {
            Mutate(input);
        }

        return [.. input.Take(MaximumLength)];
    }

    private void Mutate(List<byte> input)
    {
        switch (random.Next(9))
        {
            case 0 when input.Count > 0:
                input[random.Next(input.Count)] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when input.Count > 0:
                input[random.Next(input.Count)] = EdgeBytes[random.Next(EdgeBytes.Length)];
                break;
            case 2 when input.Count > 0:
                input[random.Next(input.Count)] = (byte)random.Next(256);
                break;
            case 3 when input.Count > 1:
                WriteLength(input);
                break;
            case 4:
                Truncate(input);
                break;
            case 5:
                input.InsertRange(random.Next(input.Count + 1), Noise(random.Next(1, 17)));
                break;
            case 6 when input.Count > 0:
                RemoveSlice(input);
                break;
            case 7 when input.Count > 0:
                RepeatSlice(input);
                break;
            default:
                Splice(input);
                break;
        }
    }

    // A 16-bit number near the input's own length, or an extreme one: what length fields trip over.
    private void WriteLength(List<byte> input)
    {
        var value = random.Next(4) switch
        {
            0 => 0,
            1 => ushort.MaxValue,
            2 => input.Count / 4,
            _ => input.Count + random.Next(-4, 5),
        };
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        var position = random.Next(input.Count - 1);
        input[position] = bytes[0];
        input[position + 1] = bytes[1];
    }

    private void Truncate(List<byte> input)
    {
        var keep = random.Next(input.Count + 1);
        input.RemoveRange(keep, input.Count - keep);
    }

    private void RemoveSlice(List<byte> input)
    {
        var (start, length) = Slice(input.Count);
        input.RemoveRange(start, length);
    }

    private void RepeatSlice(List<byte> input)
    {
        var (start, length) = Slice(input.Count);
        var slice = input.GetRange(start, length);
        for (var i = random.Next(1, 9); i > 0; i--)
        {
            input.InsertRange(start, slice);
        }
    }

    private void Splice(List<byte> input)
    {
        var other = Pick();
        Truncate(input);
        input.AddRange(other.AsSpan(random.Next(other.Length + 1)));
    }

    private (int Start, int Length) Slice(int count)
    {
        var start = random.Next(count);
        return (start, random.Next(1, count - start + 1));
    }

    private byte[] Pick() => corpus.Count == 0 ? [] : corpus[random.Next(corpus.Count)];

    private byte[] Noise(int length)
    {
        var noise = new byte[length];
        random.NextBytes(noise);
        return noise;
    }
}
