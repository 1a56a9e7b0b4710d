using System.Buffers.Binary;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Rtp;

/// <summary>The fixed 12 bytes every RTP packet begins with (RFC 3550 section 5.1).</summary>
/// <remarks>
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// |V=2|P|X|  CC   |M|     PT      |       sequence number         |
/// |                           timestamp                           |
/// |           synchronization source (SSRC) identifier            |
/// </code>
/// These bytes are in the clear in every transport mode, so they can be read before a packet is opened.
/// </remarks>
public readonly record struct RtpHeader
{
    /// <summary>Bytes of the fixed header.</summary>
    public const int Length = 12;

    /// <summary>Bytes of one contributing source.</summary>
    public const int CsrcLength = 4;

    /// <summary>Bytes of the profile and length words that precede extension elements.</summary>
    public const int ExtensionPreambleLength = 4;

    /// <summary>The protocol version, and the only one in use.</summary>
    public const int Version = 2;

    private const byte PaddingBit = 0x20;
    private const byte ExtensionBit = 0x10;
    private const byte CsrcCountMask = 0x0F;
    private const byte MarkerBit = 0x80;
    private const byte PayloadTypeMask = 0x7F;

    /// <summary>P: the last byte of the payload counts padding.</summary>
    public bool Padding { get; init; }

    /// <summary>X: an extension block follows the contributing sources.</summary>
    public bool Extension { get; init; }

    /// <summary>CC: contributing sources, 0 to 15.</summary>
    public int CsrcCount { get; init; }

    /// <summary>M: in video, the last packet of a frame.</summary>
    public bool Marker { get; init; }

    /// <summary>PT: 0 to 127.</summary>
    public byte PayloadType { get; init; }

    /// <summary>The packet's number, wrapping after 65,535; see <see cref="SequenceUnwrapper"/>.</summary>
    public ushort SequenceNumber { get; init; }

    /// <summary>The sampling instant in ticks of the codec's clock, wrapping.</summary>
    public uint Timestamp { get; init; }

    /// <summary>Who sends.</summary>
    public Ssrc Ssrc { get; init; }

    /// <summary>Reads the fixed header.</summary>
    /// <returns>False if there are fewer than 12 bytes or the version is not 2.</returns>
    public static bool TryRead(ReadOnlySpan<byte> packet, out RtpHeader header)
    {
        header = default;
        if (packet.Length < Length || packet[0] >> 6 != Version)
        {
            return false;
        }

        header = new RtpHeader
        {
            Padding = (packet[0] & PaddingBit) != 0,
            Extension = (packet[0] & ExtensionBit) != 0,
            CsrcCount = packet[0] & CsrcCountMask,
            Marker = (packet[1] & MarkerBit) != 0,
            PayloadType = (byte)(packet[1] & PayloadTypeMask),
            SequenceNumber = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]),
            Timestamp = BinaryPrimitives.ReadUInt32BigEndian(packet[4..]),
            Ssrc = new Ssrc(BinaryPrimitives.ReadUInt32BigEndian(packet[8..])),
        };
        return true;
    }

    /// <summary>Writes the fixed header; bits beyond a field's width are cut off.</summary>
    /// <param name="destination">At least 12 bytes.</param>
    /// <returns>The bytes written, always <see cref="Length"/>.</returns>
    public int Write(Span<byte> destination)
    {
        destination[0] = (byte)((Version << 6) | (Padding ? PaddingBit : 0) | (Extension ? ExtensionBit : 0) | (CsrcCount & CsrcCountMask));
        destination[1] = (byte)((Marker ? MarkerBit : 0) | (PayloadType & PayloadTypeMask));
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], SequenceNumber);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], Timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], Ssrc.Value);
        return Length;
    }

    /// <summary>The clear bytes of a packet sealed in an "RTP size" mode: header, contributing sources and extension preamble.</summary>
    /// <param name="firstByte">Byte 0 of the packet. The result, 12 to 76, may exceed what the packet has.</param>
    public static int RtpSizeLength(byte firstByte) =>
        Length + (CsrcLength * (firstByte & CsrcCountMask)) + ((firstByte & ExtensionBit) != 0 ? ExtensionPreambleLength : 0);
}
