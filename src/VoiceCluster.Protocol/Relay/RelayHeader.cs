using System.Buffers.Binary;

namespace VoiceCluster.Protocol.Relay;

/// <summary>The clear part of a media packet between two workers. Everything in it is covered by the tag behind the sealed body.</summary>
/// <remarks>
/// <code>
///  0        1        2        3        4
/// +--------+--------+--------+--------+
/// | version|  type  |  flags | meaning|   version 1; type: RelayPacketType; meaning is kind (high four bits) and codec
/// +--------+--------+--------+--------+
/// |               link                |   4: 64 bits, which key: one per direction between two lives of two workers
/// +-----------------------------------+
/// |              counter              |  12: 64 bits, the nonce: never twice on a link
/// +-----------------------------------+
/// |              channel              |  20: 64 bits, a digest of the channel's name
/// +-----------------------------------+
/// |               epoch               |  28: 64 bits, of the plan that the sender goes by
/// +-----------------------------------+
/// |              source               |  36: 32 bits, the stream (SSRC)
/// +-----------------------------------+
/// |             sequence              |  40: 32 bits, the lower half of the extended number after policy drops
/// +-----------------------------------+
/// |             timestamp             |  44: 32 bits, the sender's
/// +-----------------------------------+
/// </code>
/// All big endian. The body is the payload as the sender wrote it, behind its header extension block if <see cref="RelayFlags.Extension"/> is set.
/// Numbers that never wrap have their highest bit clear.
/// </remarks>
/// <param name="Flags">What else there is to know of the packet.</param>
/// <param name="Kind">The kind of media, 0 to 15.</param>
/// <param name="Codec">The codec's index, 0 to 15.</param>
/// <param name="Link">Names the key.</param>
/// <param name="Counter">The nonce.</param>
/// <param name="Channel">The channel's digest.</param>
/// <param name="Epoch">The epoch of the sender's plan.</param>
/// <param name="Source">The stream.</param>
/// <param name="Sequence">The lower half of its extended number.</param>
/// <param name="Timestamp">Its timestamp.</param>
public readonly record struct RelayHeader(
    RelayFlags Flags,
    byte Kind,
    byte Codec,
    ulong Link,
    long Counter,
    ulong Channel,
    long Epoch,
    uint Source,
    uint Sequence,
    uint Timestamp)
{
    /// <summary>Bytes of the header.</summary>
    public const int Length = 48;

    private const byte Version = 1;
    private const byte MaximumNibble = 0x0F;

    /// <summary>What the packet is.</summary>
    public RelayPacketType Type { get; init; } = RelayPacketType.Media;

    /// <summary>Reads a header from the front of a datagram. Nothing in it is proven before the tag is.</summary>
    /// <returns>False if it is too short, of another version or type, or has flags or numbers that this version does not know.</returns>
    public static bool TryParse(ReadOnlySpan<byte> datagram, out RelayHeader header)
    {
        header = default;
        if (datagram.Length < Length || datagram[0] != Version || datagram[1] is < (byte)RelayPacketType.Media or > (byte)RelayPacketType.Rtcp || (datagram[2] & ~(byte)RelayFlags.All) != 0)
        {
            return false;
        }

        header = new RelayHeader(
            (RelayFlags)datagram[2],
            (byte)(datagram[3] >> 4),
            (byte)(datagram[3] & MaximumNibble),
            BinaryPrimitives.ReadUInt64BigEndian(datagram[4..]),
            BinaryPrimitives.ReadInt64BigEndian(datagram[12..]),
            BinaryPrimitives.ReadUInt64BigEndian(datagram[20..]),
            BinaryPrimitives.ReadInt64BigEndian(datagram[28..]),
            BinaryPrimitives.ReadUInt32BigEndian(datagram[36..]),
            BinaryPrimitives.ReadUInt32BigEndian(datagram[40..]),
            BinaryPrimitives.ReadUInt32BigEndian(datagram[44..]))
        {
            Type = (RelayPacketType)datagram[1],
        };
        return header is { Counter: >= 0, Epoch: >= 0 };
    }

    /// <summary>Writes the header.</summary>
    /// <param name="destination">At least <see cref="Length"/> bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative or too great for its field, or there is no room.</exception>
    public void Write(Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, Length, nameof(destination));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Kind, MaximumNibble);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Codec, MaximumNibble);
        ArgumentOutOfRangeException.ThrowIfNegative(Counter);
        ArgumentOutOfRangeException.ThrowIfNegative(Epoch);
        destination[0] = Version;
        destination[1] = (byte)Type;
        destination[2] = (byte)Flags;
        destination[3] = (byte)((Kind << 4) | Codec);
        BinaryPrimitives.WriteUInt64BigEndian(destination[4..], Link);
        BinaryPrimitives.WriteInt64BigEndian(destination[12..], Counter);
        BinaryPrimitives.WriteUInt64BigEndian(destination[20..], Channel);
        BinaryPrimitives.WriteInt64BigEndian(destination[28..], Epoch);
        BinaryPrimitives.WriteUInt32BigEndian(destination[36..], Source);
        BinaryPrimitives.WriteUInt32BigEndian(destination[40..], Sequence);
        BinaryPrimitives.WriteUInt32BigEndian(destination[44..], Timestamp);
    }
}
