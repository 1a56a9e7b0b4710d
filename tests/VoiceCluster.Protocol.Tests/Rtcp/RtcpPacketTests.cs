using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Rtcp;

namespace VoiceCluster.Protocol.Tests.Rtcp;

public sealed class RtcpPacketTests
{
    private const string SenderReportHex = "80c8000600003247e8b1a2c34000000000000960000000100000150e";
    private const string GoodbyeHex = "81cb000100003247";

    [Fact]
    public void Enumerate_Compound_GivesEachPacketInOrder()
    {
        Walk(SenderReportHex + GoodbyeHex, out var error).ShouldBe([RtcpPacketType.SenderReport, RtcpPacketType.Goodbye]);

        error.ShouldBe(RtcpError.None);
    }

    [Fact]
    public void Enumerate_Empty_HasNoPacketAndNoError()
    {
        Walk("", out var error).ShouldBeEmpty();

        error.ShouldBe(RtcpError.None);
    }

    [Theory]
    [InlineData("80c800", RtcpError.TooShort)]
    [InlineData("80c8000100", RtcpError.TooShort)]
    [InlineData("80c8ffff00003247", RtcpError.TooShort)]
    [InlineData("40c8000100003247", RtcpError.UnsupportedVersion)]
    [InlineData("00000000", RtcpError.UnsupportedVersion)]
    [InlineData("a1cb000200003247", RtcpError.TooShort)]
    [InlineData("a1cb00020000324700000000", RtcpError.BadPadding)]
    [InlineData("a1cb00020000324700000003", RtcpError.BadPadding)]
    [InlineData("a1cb0002000032470000000c", RtcpError.BadPadding)]
    [InlineData("a0cb0000", RtcpError.BadPadding)]
    public void Enumerate_Malformed_StopsWithTheReason(string second, RtcpError expected)
    {
        Walk(GoodbyeHex + second, out var error).ShouldBe([RtcpPacketType.Goodbye]);

        error.ShouldBe(expected);
    }

    [Fact]
    public void Enumerate_PaddedPacket_GivesTheBodyWithoutPadding()
    {
        RtcpPacket.Read(Convert.FromHexString("a1cb00020000324700000004"), out var packet, out var length).ShouldBe(RtcpError.None);

        length.ShouldBe(12);
        packet.Body.Length.ShouldBe(4);
        packet.Count.ShouldBe(1);
    }

    [Fact]
    public void Enumerate_CutAtEveryLength_ReachesOnlyWholePackets()
    {
        var whole = Convert.FromHexString(SenderReportHex + GoodbyeHex);
        for (var length = 0; length < whole.Length; length++)
        {
            var found = Walk(Convert.ToHexString(whole.AsSpan(0, length)), out var error);

            found.Count.ShouldBe(length >= 28 ? 1 : 0);
            (error == RtcpError.None).ShouldBe(length is 0 or 28);
        }
    }

    [Fact]
    public void TryParse_EveryTypeOnAnyBytes_NeverThrows() =>
        Prop.ForAll<byte[], byte>((body, count) =>
        {
            foreach (var type in Enum.GetValues<RtcpPacketType>())
            {
                var words = body.Length / 4;
                byte[] datagram = [(byte)(0x80 | count & 31), (byte)type, 0, (byte)words, .. body.AsSpan(0, words * 4)];
                ParseAll(datagram);
            }

            return true;
        }).QuickCheckThrowOnFailure();

    internal static RtcpPacket Single(ReadOnlySpan<byte> datagram)
    {
        RtcpPacket.Read(datagram, out var packet, out var length).ShouldBe(RtcpError.None);
        length.ShouldBe(datagram.Length);
        return packet;
    }

    private static void ParseAll(ReadOnlySpan<byte> datagram)
    {
        foreach (var packet in new RtcpCompound(datagram))
        {
            Touch(SenderReport.TryParse(packet, out var sender) ? sender.ReportBlocks : default);
            Touch(ReceiverReport.TryParse(packet, out var receiver) ? receiver.ReportBlocks : default);
            _ = SourceDescription.TryParse(packet, out _);
            _ = PictureLossIndication.TryParse(packet, out _);
            _ = TransportWideFeedback.TryParse(packet, out _);
            for (var i = 0; Goodbye.TryParse(packet, out var goodbye) && i < goodbye.Count; i++)
            {
                _ = goodbye[i];
            }

            for (var i = 0; GenericNack.TryParse(packet, out var nack) && i < nack.Count; i++)
            {
                _ = nack[i];
            }

            for (var i = 0; FullIntraRequest.TryParse(packet, out var request) && i < request.Count; i++)
            {
                _ = request[i];
            }

            for (var i = 0; ReceiverEstimatedMaximumBitrate.TryParse(packet, out var estimate) && i < estimate.Count; i++)
            {
                _ = estimate[i];
            }
        }
    }

    private static void Touch(ReportBlocks blocks)
    {
        for (var i = 0; i < blocks.Count; i++)
        {
            blocks[i].Ssrc.ShouldBeOfType<Ssrc>();
        }
    }

    private static List<RtcpPacketType> Walk(string hex, out RtcpError error)
    {
        var types = new List<RtcpPacketType>();
        var walk = new RtcpCompound(Convert.FromHexString(hex)).GetEnumerator();
        while (walk.MoveNext())
        {
            types.Add(walk.Current.Type);
        }

        error = walk.Error;
        return types;
    }
}
