using System.Buffers.Binary;

namespace VoiceCluster.Protocol.Relay;

/// <summary>Precedes a frame that is carried a second time, in the packet after its own. Part of the sealed body.</summary>
/// <remarks>
/// <code>
///  0        1        2        3        4        5        6        7        8        9       10       11       12
/// +--------+--------+--------+--------+--------+--------+--------+--------+--------+--------+--------+--------+
/// |     length      | flags  | meaning|              sequence             |             timestamp             |
/// +--------+--------+--------+--------+--------+--------+--------+--------+--------+--------+--------+--------+
/// </code>
/// As in <see cref="RelayHeader"/>, which it shares channel, epoch and source with. Length bytes of its body follow, and then the body of the packet's own frame.
/// </remarks>
/// <param name="BodyLength">Bytes of its body, up to 65,535.</param>
/// <param name="Flags">Its flags; never <see cref="RelayFlags.Previous"/>.</param>
/// <param name="Kind">The kind of media, 0 to 15.</param>
/// <param name="Codec">The codec's index, 0 to 15.</param>
/// <param name="Sequence">The lower half of its extended number.</param>
/// <param name="Timestamp">Its timestamp.</param>
public readonly record struct PreviousFrame(int BodyLength, RelayFlags Flags, byte Kind, byte Codec, uint Sequence, uint Timestamp)
{
    /// <summary>Bytes of it, without the body.</summary>
    public const int Length = 12;

    private const byte MaximumNibble = 0x0F;

    /// <summary>Reads it from the front of a body that was opened.</summary>
    /// <returns>False if it, or the body it announces, does not fit.</returns>
    public static bool TryParse(ReadOnlySpan<byte> body, out PreviousFrame frame)
    {
        frame = default;
        if (body.Length < Length)
        {
            return false;
        }

        frame = new PreviousFrame(
            BinaryPrimitives.ReadUInt16BigEndian(body),
            (RelayFlags)body[2],
            (byte)(body[3] >> 4),
            (byte)(body[3] & MaximumNibble),
            BinaryPrimitives.ReadUInt32BigEndian(body[4..]),
            BinaryPrimitives.ReadUInt32BigEndian(body[8..]));
        return frame.BodyLength <= body.Length - Length && (frame.Flags & ~(RelayFlags.All & ~RelayFlags.Previous)) == RelayFlags.None;
    }

    /// <summary>Writes it.</summary>
    /// <param name="destination">At least <see cref="Length"/> bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is too great for its field, or there is no room.</exception>
    public void Write(Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, Length, nameof(destination));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(BodyLength, ushort.MaxValue);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Kind, MaximumNibble);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Codec, MaximumNibble);
        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)BodyLength);
        destination[2] = (byte)Flags;
        destination[3] = (byte)((Kind << 4) | Codec);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], Sequence);
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], Timestamp);
    }
}
