using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Rtcp;

namespace VoiceCluster.Protocol.Tests.Rtcp;

public sealed class FeedbackTests
{
    private static readonly FeedbackSources Sources = new(new Ssrc(0x3247), new Ssrc(0xAE412));

    [Fact]
    public void GenericNack_Golden_GivesItsLostPackets()
    {
        // RFC 4585 section 6.2.1; the same bytes are the RTPFB case of the transport vectors.
        var packet = RtcpPacketTests.Single(Convert.FromHexString("81cd000300003247000ae41212340003"));

        GenericNack.TryParse(packet, out var nack).ShouldBeTrue();

        nack.Sources.ShouldBe(Sources);
        nack.Count.ShouldBe(1);
        nack[0].ShouldBe(new NackEntry(0x1234, 3));
        Enumerable.Range(0x1230, 32).Where(number => new NackEntry(0x1234, 3).Contains((ushort)number)).ShouldBe([0x1234, 0x1235, 0x1236]);
    }

    [Fact]
    public void NackEntry_OverAWrap_ContainsNumbersBehindZero()
    {
        var entry = new NackEntry(65535, 0x8001);

        new[] { 65534, 65535, 0, 1, 14, 15, 16 }.Where(number => entry.Contains((ushort)number)).ShouldBe([65535, 0, 15]);
    }

    [Fact]
    public void GenericNack_AnyEntries_RoundTrip() =>
        Prop.ForAll<ushort[]>(numbers =>
        {
            var entries = numbers.Select(number => new NackEntry(number, (ushort)(number * 31))).ToArray();
            var destination = new byte[12 + (4 * entries.Length)];
            var length = GenericNack.Write(Sources, entries, destination);
            return length == destination.Length && Reads(destination, entries);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void PictureLossIndication_Golden_IsReadAndWritten()
    {
        var golden = Convert.FromHexString("81ce000200003247000ae412");
        var written = new byte[12];

        PictureLossIndication.TryParse(RtcpPacketTests.Single(golden), out var indication).ShouldBeTrue();
        indication.Write(written).ShouldBe(12);

        indication.Sources.ShouldBe(Sources);
        written.ShouldBe(golden);
    }

    [Fact]
    public void FullIntraRequest_Golden_GivesItsEntries()
    {
        var packet = RtcpPacketTests.Single(Convert.FromHexString("84ce00060000324700000000" + "000ae41205000000" + "000ae41306000000"));

        FullIntraRequest.TryParse(packet, out var request).ShouldBeTrue();

        request.Count.ShouldBe(2);
        request[0].ShouldBe(new FullIntraRequestEntry(new Ssrc(0xAE412), 5));
        request[1].ShouldBe(new FullIntraRequestEntry(new Ssrc(0xAE413), 6));
    }

    [Theory]
    [InlineData("01000001", 1ul)]
    [InlineData("010bd090", 1_000_000ul)]
    [InlineData("01ffffff", ulong.MaxValue)]
    [InlineData("010bffff", 1_048_572ul)]
    public void ReceiverEstimatedMaximumBitrate_ExponentAndMantissa_GiveBitsPerSecond(string fields, ulong expected)
    {
        var hex = "8fce00050000324700000000" + "52454d42" + fields + "000ae412";

        ReceiverEstimatedMaximumBitrate.TryParse(RtcpPacketTests.Single(Convert.FromHexString(hex)), out var estimate).ShouldBeTrue();

        estimate.BitsPerSecond.ShouldBe(expected);
        estimate.Count.ShouldBe(1);
        estimate[0].ShouldBe(new Ssrc(0xAE412));
    }

    [Theory]
    [InlineData("8fce000400003247000000005245414402000001")]
    [InlineData("8fce0004000032470000000052454d4202000001")]
    [InlineData("8fce0003000032470000000052454d42")]
    public void ReceiverEstimatedMaximumBitrate_OtherApplicationOrTooShort_IsRefused(string hex) =>
        ReceiverEstimatedMaximumBitrate.TryParse(RtcpPacketTests.Single(Convert.FromHexString(hex)), out _).ShouldBeFalse();

    [Fact]
    public void TransportWideFeedback_Golden_GivesItsFixedFields()
    {
        var packet = RtcpPacketTests.Single(Convert.FromHexString("8fcd000500003247000ae412" + "0102000affffff07" + "200a0000"));

        TransportWideFeedback.TryParse(packet, out var feedback).ShouldBeTrue();

        feedback.Sources.ShouldBe(Sources);
        (feedback.BaseSequenceNumber, feedback.PacketStatusCount, feedback.ReferenceTime, feedback.FeedbackPacketCount)
            .ShouldBe(((ushort)0x102, (ushort)10, -1, (byte)7));
        feedback.StatusChunks.Length.ShouldBe(4);
    }

    [Fact]
    public void TryParse_OtherFormat_IsRefused()
    {
        var indication = RtcpPacketTests.Single(Convert.FromHexString("81ce000200003247000ae412"));

        GenericNack.TryParse(indication, out _).ShouldBeFalse();
        FullIntraRequest.TryParse(indication, out _).ShouldBeFalse();
        TransportWideFeedback.TryParse(indication, out _).ShouldBeFalse();
        PictureLossIndication.TryParse(RtcpPacketTests.Single(Convert.FromHexString("81ce000100003247")), out _).ShouldBeFalse();
    }

    private static bool Reads(byte[] datagram, NackEntry[] expected)
    {
        if (!GenericNack.TryParse(RtcpPacketTests.Single(datagram), out var nack) || nack.Count != expected.Length)
        {
            return false;
        }

        for (var i = 0; i < expected.Length; i++)
        {
            if (nack[i] != expected[i])
            {
                return false;
            }
        }

        return true;
    }
}
