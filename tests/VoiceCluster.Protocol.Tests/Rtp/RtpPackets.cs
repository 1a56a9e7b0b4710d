using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Protocol.Tests.Rtp;

/// <summary>Well-formed packets and headers for property tests.</summary>
internal static class RtpPackets
{
    public static Gen<RtpHeader> Headers { get; } =
        from flags in Gen.Choose(0, 7)
        from csrcCount in Gen.Choose(0, 15)
        from payloadType in Gen.Choose(0, 127)
        from sequenceNumber in Gen.Choose(0, ushort.MaxValue)
        from timestamp in Gen.Choose(int.MinValue, int.MaxValue)
        from ssrc in Gen.Choose(int.MinValue, int.MaxValue)
        select new RtpHeader
        {
            Padding = (flags & 1) != 0,
            Extension = (flags & 2) != 0,
            Marker = (flags & 4) != 0,
            CsrcCount = csrcCount,
            PayloadType = (byte)payloadType,
            SequenceNumber = (ushort)sequenceNumber,
            Timestamp = (uint)timestamp,
            Ssrc = new Ssrc((uint)ssrc),
        };

    public static byte[] Build(RtpHeader header, ReadOnlySpan<byte> elements, ReadOnlySpan<byte> payload, byte padding = 4)
    {
        var fixedHeader = new byte[RtpHeader.Length];
        header.Write(fixedHeader);
        var packet = new List<byte>(fixedHeader);
        for (var i = 0; i < header.CsrcCount; i++)
        {
            packet.AddRange([0xC5, 0, 0, (byte)i]);
        }

        if (header.Extension)
        {
            packet.AddRange([0xBE, 0xDE, 0, (byte)(elements.Length / 4), .. elements]);
        }

        packet.AddRange(payload);
        if (header.Padding)
        {
            packet.AddRange(new byte[padding - 1]);
            packet.Add(padding);
        }

        return [.. packet];
    }
}
