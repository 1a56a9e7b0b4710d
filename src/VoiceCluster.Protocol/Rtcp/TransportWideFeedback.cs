using System.Buffers.Binary;

namespace VoiceCluster.Protocol.Rtcp;

/// <summary>
/// Arrival times of all packets of a transport, as far as the fixed fields go: enough to recognise, count and relay it.
/// Source: draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1.
/// </summary>
/// <remarks>
/// <code>
/// | header: format 15, type 205 | sender SSRC | media SSRC |
/// | base sequence number 16 | packet status count 16 |
/// | reference time 24, signed, in 64 ms | feedback packet count 8 |
/// | status chunks and arrival deltas |
/// </code>
/// </remarks>
public readonly ref struct TransportWideFeedback
{
    private const int FixedLength = 8;

    /// <summary>Who reports, and on whose transport.</summary>
    public FeedbackSources Sources { get; private init; }

    /// <summary>The first transport sequence number reported on.</summary>
    public ushort BaseSequenceNumber { get; private init; }

    /// <summary>How many packets are reported on, lost ones included.</summary>
    public ushort PacketStatusCount { get; private init; }

    /// <summary>The time the deltas start from, in multiples of 64 ms on the reporter's clock.</summary>
    public int ReferenceTime { get; private init; }

    /// <summary>Number of this report, wrapping.</summary>
    public byte FeedbackPacketCount { get; private init; }

    /// <summary>Status chunks and deltas, undecoded.</summary>
    public ReadOnlySpan<byte> StatusChunks { get; private init; }

    /// <summary>Reads the packet; false if it is of another type or too short.</summary>
    public static bool TryParse(in RtcpPacket packet, out TransportWideFeedback feedback)
    {
        feedback = default;
        if (!FeedbackSources.TryRead(
                packet, RtcpPacketType.TransportFeedback, RtcpFeedbackFormat.TransportWide, out var sources, out var information)
            || information.Length < FixedLength)
        {
            return false;
        }

        feedback = new TransportWideFeedback
        {
            Sources = sources,
            BaseSequenceNumber = BinaryPrimitives.ReadUInt16BigEndian(information),
            PacketStatusCount = BinaryPrimitives.ReadUInt16BigEndian(information[2..]),
            ReferenceTime = BinaryPrimitives.ReadInt32BigEndian(information[4..]) >> 8,
            FeedbackPacketCount = information[7],
            StatusChunks = information[FixedLength..],
        };
        return true;
    }
}
