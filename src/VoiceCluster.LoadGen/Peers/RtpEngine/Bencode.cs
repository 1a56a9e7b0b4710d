using System.Buffers;
using System.Collections.Immutable;
using System.Text;

namespace VoiceCluster.LoadGen.Peers.RtpEngine;

/// <summary>A value of bencode, the notation of rtpengine's control protocol.</summary>
/// <remarks>
/// Number <c>i42e</c>, text <c>4:spam</c> (length in bytes), list <c>l...e</c>, dictionary <c>d...e</c> with keys in order. Texts are kept as one
/// character for each byte. Source: BitTorrent specification (BEP 3), "bencoding".
/// </remarks>
internal abstract record BencodeValue
{
    private BencodeValue()
    {
    }

    /// <summary>Text or bytes.</summary>
    public sealed record Text(string Value) : BencodeValue;

    /// <summary>An integer.</summary>
    public sealed record Number(long Value) : BencodeValue;

    /// <summary>Values in order.</summary>
    public sealed record List(ImmutableArray<BencodeValue> Values) : BencodeValue;

    /// <summary>Values by name.</summary>
    public sealed record Dictionary(ImmutableSortedDictionary<string, BencodeValue> Values) : BencodeValue
    {
        /// <summary>The text of a name; null when there is none.</summary>
        public string? TextOf(string name) => Values.GetValueOrDefault(name) is Text text ? text.Value : null;
    }
}

/// <summary>Writes and reads bencode.</summary>
internal static class Bencode
{
    private const int DeepestNesting = 16;
    private const int MostDigits = 19;

    /// <summary>Writes a value.</summary>
    public static byte[] Write(BencodeValue value)
    {
        var text = new StringBuilder();
        Append(text, value);
        return Encoding.Latin1.GetBytes(text.ToString());
    }

    /// <summary>Reads one value that fills the whole input.</summary>
    /// <returns>Null when it is none. Does not throw for any input.</returns>
    public static BencodeValue? Read(ReadOnlySpan<byte> input)
    {
        var value = Next(ref input, DeepestNesting);
        return input.IsEmpty ? value : null;
    }

    private static void Append(StringBuilder text, BencodeValue value)
    {
        switch (value)
        {
            case BencodeValue.Text some:
                text.Append(some.Value.Length).Append(':').Append(some.Value);
                break;
            case BencodeValue.Number number:
                text.Append('i').Append(number.Value).Append('e');
                break;
            case BencodeValue.List list:
                text.Append('l');
                list.Values.ToList().ForEach(item => Append(text, item));
                text.Append('e');
                break;
            case BencodeValue.Dictionary dictionary:
                text.Append('d');
                foreach (var (name, item) in dictionary.Values)
                {
                    Append(text, new BencodeValue.Text(name));
                    Append(text, item);
                }

                text.Append('e');
                break;
        }
    }

    private static BencodeValue? Next(ref ReadOnlySpan<byte> rest, int depth)
    {
        if (rest.IsEmpty || depth == 0)
        {
            return null;
        }

        switch (rest[0])
        {
            case (byte)'i':
                rest = rest[1..];
                return TryReadNumber(ref rest, (byte)'e', out var number) ? new BencodeValue.Number(number) : null;
            case (byte)'l':
                return NextItems(ref rest, depth) is { } items ? new BencodeValue.List([.. items]) : null;
            case (byte)'d':
                return NextItems(ref rest, depth) is { } pairs ? Pair(pairs) : null;
            default:
                return NextText(ref rest);
        }
    }

    private static List<BencodeValue>? NextItems(ref ReadOnlySpan<byte> rest, int depth)
    {
        rest = rest[1..];
        var items = new List<BencodeValue>();
        while (rest is not [(byte)'e', ..])
        {
            if (Next(ref rest, depth - 1) is not { } item)
            {
                return null;
            }

            items.Add(item);
        }

        rest = rest[1..];
        return items;
    }

    private static BencodeValue.Dictionary? Pair(List<BencodeValue> items)
    {
        var values = ImmutableSortedDictionary.CreateBuilder<string, BencodeValue>(StringComparer.Ordinal);
        for (var index = 0; index < items.Count; index += 2)
        {
            if (index + 1 == items.Count || items[index] is not BencodeValue.Text name)
            {
                return null;
            }

            values[name.Value] = items[index + 1];
        }

        return new BencodeValue.Dictionary(values.ToImmutable());
    }

    private static BencodeValue.Text? NextText(ref ReadOnlySpan<byte> rest)
    {
        if (!TryReadNumber(ref rest, (byte)':', out var length) || length < 0 || length > rest.Length)
        {
            return null;
        }

        var text = Encoding.Latin1.GetString(rest[..(int)length]);
        rest = rest[(int)length..];
        return new BencodeValue.Text(text);
    }

    private static bool TryReadNumber(ref ReadOnlySpan<byte> rest, byte end, out long number)
    {
        var digits = rest.IndexOf(end);
        if (digits is < 1 or > MostDigits + 1 || !long.TryParse(rest[..digits], out number))
        {
            number = 0;
            return false;
        }

        rest = rest[(digits + 1)..];
        return true;
    }
}
