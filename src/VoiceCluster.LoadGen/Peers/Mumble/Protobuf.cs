using System.Buffers;

namespace VoiceCluster.LoadGen.Peers.Mumble;

/// <summary>One field of a protobuf message.</summary>
internal readonly ref struct ProtobufField
{
    /// <summary>The field's number.</summary>
    public required int Number { get; init; }

    /// <summary>Whether it is text, bytes or a message; else a number.</summary>
    public required bool IsBytes { get; init; }

    /// <summary>The number.</summary>
    public ulong Value { get; init; }

    /// <summary>The bytes, inside the message read.</summary>
    public ReadOnlySpan<byte> Bytes { get; init; }
}

/// <summary>Reads the fields of one protobuf message in the order they come.</summary>
/// <remarks>
/// A field is: key (varint of number &lt;&lt; 3 | wire type) | value. Varints are little endian in groups of 7 bits, the highest bit of a byte says that
/// more follow. Never throws. Source: protobuf documentation, "Encoding".
/// </remarks>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private const int WireVarint = 0;
    private const int WireFixed64 = 1;
    private const int WireBytes = 2;
    private const int WireFixed32 = 5;
    private const int LongestVarint = 10;

    private ReadOnlySpan<byte> _rest = message;

    /// <summary>Whether all was read: false before the end, and for ever after bytes that are no field.</summary>
    public readonly bool IsComplete => _rest.IsEmpty;

    /// <summary>Reads the next field.</summary>
    /// <returns>False at the end, and at bytes that are no field.</returns>
    public bool TryRead(out ProtobufField field)
    {
        field = default;
        var rest = _rest;
        if (!TryReadVarint(ref rest, out var key) || key >> 3 is 0 or > int.MaxValue)
        {
            return false;
        }

        var number = (int)(key >> 3);
        switch ((int)(key & 7))
        {
            case WireVarint when TryReadVarint(ref rest, out var value):
                field = new ProtobufField { Number = number, IsBytes = false, Value = value };
                break;
            case WireBytes when TryReadVarint(ref rest, out var length) && TryTake(ref rest, length, out var bytes):
                field = new ProtobufField { Number = number, IsBytes = true, Bytes = bytes };
                break;
            case WireFixed64 when TryTake(ref rest, sizeof(ulong), out var bytes):
                field = new ProtobufField { Number = number, IsBytes = false, Value = BitConverter.ToUInt64(bytes) };
                break;
            case WireFixed32 when TryTake(ref rest, sizeof(uint), out var bytes):
                field = new ProtobufField { Number = number, IsBytes = false, Value = BitConverter.ToUInt32(bytes) };
                break;
            default:
                return false;
        }

        _rest = rest;
        return true;
    }

    private static bool TryReadVarint(scoped ref ReadOnlySpan<byte> rest, out ulong value)
    {
        value = 0;
        for (var index = 0; index < rest.Length && index < LongestVarint; index++)
        {
            value |= (ulong)(rest[index] & 0x7F) << (7 * index);
            if (rest[index] < 0x80)
            {
                rest = rest[(index + 1)..];
                return true;
            }
        }

        return false;
    }

    private static bool TryTake(scoped ref ReadOnlySpan<byte> rest, ulong length, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (length > (ulong)rest.Length)
        {
            return false;
        }

        bytes = rest[..(int)length];
        rest = rest[(int)length..];
        return true;
    }
}

/// <summary>Writes the fields of one protobuf message.</summary>
internal sealed class ProtobufWriter
{
    private readonly ArrayBufferWriter<byte> _buffer = new();

    /// <summary>What was written so far.</summary>
    public ReadOnlySpan<byte> Written => _buffer.WrittenSpan;

    /// <summary>Writes a number, an enum or a boolean.</summary>
    public void WriteNumber(int field, ulong value)
    {
        WriteVarint((ulong)field << 3);
        WriteVarint(value);
    }

    /// <summary>Writes text, bytes or a message.</summary>
    public void WriteBytes(int field, ReadOnlySpan<byte> bytes)
    {
        WriteVarint(((ulong)field << 3) | 2);
        WriteVarint((ulong)bytes.Length);
        _buffer.Write(bytes);
    }

    private void WriteVarint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            _buffer.Write([(byte)(value | 0x80)]);
        }

        _buffer.Write([(byte)value]);
    }
}
