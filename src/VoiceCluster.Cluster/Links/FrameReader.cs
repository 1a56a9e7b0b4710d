using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace VoiceCluster.Cluster.Links;

/// <summary>Reads what <see cref="FrameWriter"/> wrote, or anything else: false for what is not there, never an exception.</summary>
public ref struct FrameReader(ReadOnlyMemory<byte> frame)
{
    /// <summary>What has not been read; a slice of the frame.</summary>
    public ReadOnlyMemory<byte> Rest { get; private set; } = frame;

    public bool TryByte(out byte value)
    {
        value = Rest.IsEmpty ? (byte)0 : Rest.Span[0];
        return TrySkip(sizeof(byte));
    }

    public bool TryUInt16(out ushort value) => BinaryPrimitives.TryReadUInt16BigEndian(Rest.Span, out value) && TrySkip(sizeof(ushort));

    public bool TryUInt32(out uint value) => BinaryPrimitives.TryReadUInt32BigEndian(Rest.Span, out value) && TrySkip(sizeof(uint));

    public bool TryUInt64(out ulong value) => BinaryPrimitives.TryReadUInt64BigEndian(Rest.Span, out value) && TrySkip(sizeof(ulong));

    public bool TryInt64(out long value) => BinaryPrimitives.TryReadInt64BigEndian(Rest.Span, out value) && TrySkip(sizeof(long));

    public bool TryBytes(int count, out ReadOnlyMemory<byte> value)
    {
        value = Rest.Length >= count ? Rest[..count] : default;
        return TrySkip(count);
    }

    public bool TryText(out string value)
    {
        value = string.Empty;
        if (!TryUInt16(out var length) || !TryBytes(length, out var bytes) || !Utf8.IsValid(bytes.Span))
        {
            return false;
        }

        value = Encoding.UTF8.GetString(bytes.Span);
        return true;
    }

    private bool TrySkip(int count)
    {
        if (Rest.Length < count)
        {
            return false;
        }

        Rest = Rest[count..];
        return true;
    }
}
