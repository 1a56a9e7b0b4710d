using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace VoiceCluster.Cluster.Links;

/// <summary>Writes the fields of what nodes send one another: big-endian integers, text as a u16 length and UTF-8.</summary>
public sealed class FrameWriter(int capacity = 256)
{
    private readonly ArrayBufferWriter<byte> _buffer = new(capacity);

    public int Length => _buffer.WrittenCount;

    public ReadOnlyMemory<byte> Written => _buffer.WrittenMemory;

    public void Byte(byte value)
    {
        _buffer.GetSpan(sizeof(byte))[0] = value;
        _buffer.Advance(sizeof(byte));
    }

    public void Bytes(ReadOnlySpan<byte> value) => _buffer.Write(value);

    public void UInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_buffer.GetSpan(sizeof(ushort)), value);
        _buffer.Advance(sizeof(ushort));
    }

    public void UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_buffer.GetSpan(sizeof(uint)), value);
        _buffer.Advance(sizeof(uint));
    }

    public void UInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(_buffer.GetSpan(sizeof(ulong)), value);
        _buffer.Advance(sizeof(ulong));
    }

    public void Int64(long value) => UInt64((ulong)value);

    /// <summary>At most 65,535 bytes of UTF-8.</summary>
    public void Text(string value)
    {
        UInt16(checked((ushort)Encoding.UTF8.GetByteCount(value)));
        Encoding.UTF8.GetBytes(value, _buffer);
    }

    public void Clear() => _buffer.ResetWrittenCount();

    public byte[] ToArray() => _buffer.WrittenSpan.ToArray();
}
