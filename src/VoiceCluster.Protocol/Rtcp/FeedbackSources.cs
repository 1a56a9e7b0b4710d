using System.Buffers.Binary;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Rtcp;

/// <summary>The two sources every feedback packet begins with (RFC 4585 section 6.1).</summary>
/// <param name="Sender">Who gives the feedback.</param>
/// <param name="Media">Whose media it is about; 0 in formats that name the source elsewhere.</param>
public readonly record struct FeedbackSources(Ssrc Sender, Ssrc Media)
{
    /// <summary>Bytes on the wire.</summary>
    public const int Length = 8;

    internal static bool TryRead(
        in RtcpPacket packet, RtcpPacketType type, int format, out FeedbackSources sources, out ReadOnlySpan<byte> information)
    {
        sources = default;
        information = default;
        if (packet.Type != type || packet.Count != format || packet.Body.Length < Length)
        {
            return false;
        }

        sources = new FeedbackSources(
            new Ssrc(BinaryPrimitives.ReadUInt32BigEndian(packet.Body)),
            new Ssrc(BinaryPrimitives.ReadUInt32BigEndian(packet.Body[4..])));
        information = packet.Body[Length..];
        return true;
    }

    /// <summary>Writes header and sources of a feedback packet, and returns where its information goes.</summary>
    internal Span<byte> Write(RtcpPacketType type, int format, int informationLength, Span<byte> destination)
    {
        RtcpPacket.WriteHeader(type, format, RtcpPacket.HeaderLength + Length + informationLength, destination);
        BinaryPrimitives.WriteUInt32BigEndian(destination[RtcpPacket.HeaderLength..], Sender.Value);
        BinaryPrimitives.WriteUInt32BigEndian(destination[(RtcpPacket.HeaderLength + 4)..], Media.Value);
        return destination.Slice(RtcpPacket.HeaderLength + Length, informationLength);
    }
}
