using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Rtcp;
using VoiceCluster.TestKit;

namespace VoiceCluster.Protocol.Tests.Rtcp;

public sealed class ReportTests
{
    private static Gen<ReportBlock> Blocks { get; } =
        from numbers in Gen.ArrayOf(Gen.Choose(int.MinValue, int.MaxValue), 5)
        from fraction in Gen.Choose(0, 255)
        from lost in Gen.Choose(-0x80_0000, 0x7F_FFFF)
        select new ReportBlock
        {
            Ssrc = new Ssrc((uint)numbers[0]),
            FractionLost = (byte)fraction,
            CumulativeLost = lost,
            ExtendedHighestSequenceNumber = (uint)numbers[1],
            InterarrivalJitter = (uint)numbers[2],
            LastSenderReport = (uint)numbers[3],
            DelaySinceLastSenderReport = (uint)numbers[4],
        };

    [Fact]
    public void SenderReport_Vector_IsReadAndWrittenBack()
    {
        var vector = PlainVector("rtcp_sender_report");

        SenderReport.TryParse(RtcpPacketTests.Single(vector), out var report).ShouldBeTrue();

        report.SenderSsrc.ShouldBe(new Ssrc(0x3247));
        report.NtpTimestamp.ShouldBe(0xE8B1A2C340000000);
        report.RtpTimestamp.ShouldBe(0x960u);
        report.PacketCount.ShouldBe(16u);
        report.ReportBlocks.Count.ShouldBe(0);
        Written(vector.Length, destination => WriteAgain(vector, destination)).ShouldBe(vector);
    }

    [Fact]
    public void ReceiverReport_Vector_IsReadAndWrittenBack()
    {
        var vector = PlainVector("rtcp_receiver_report_one_block");

        ReceiverReport.TryParse(RtcpPacketTests.Single(vector), out var report).ShouldBeTrue();

        report.SenderSsrc.ShouldBe(new Ssrc(0x3247));
        report.ReportBlocks.Count.ShouldBe(1);
        var block = report.ReportBlocks[0];
        block.Ssrc.ShouldBe(new Ssrc(0xAE411));
        block.ExtendedHighestSequenceNumber.ShouldBe(0x10007u);
        block.InterarrivalJitter.ShouldBe(0x12u);
        Written(vector.Length, destination => ReceiverReport.Write(new Ssrc(0x3247), [block], destination)).ShouldBe(vector);
    }

    [Fact]
    public void ReceiverReport_AnyBlocks_RoundTrip() =>
        Prop.ForAll(Blocks.ListOf().Where(list => list.Count < 32).ToArbitrary(), blocks =>
        {
            var expected = blocks.ToArray();
            var packet = Written(8 + (24 * expected.Length), destination => ReceiverReport.Write(new Ssrc(7), expected, destination));
            return ReceiverReport.TryParse(RtcpPacketTests.Single(packet), out var report)
                && report.SenderSsrc == new Ssrc(7)
                && ToArray(report.ReportBlocks).SequenceEqual(expected);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void ReportBlock_LossBeyond24Bits_StopsAtTheLimit()
    {
        var block = new ReportBlock { CumulativeLost = int.MaxValue, FractionLost = 1 };
        var packet = Written(32, destination => ReceiverReport.Write(default, [block], destination));

        ReceiverReport.TryParse(RtcpPacketTests.Single(packet), out var report).ShouldBeTrue();

        report.ReportBlocks[0].CumulativeLost.ShouldBe(0x7F_FFFF);
        report.ReportBlocks[0].FractionLost.ShouldBe((byte)1);
    }

    [Theory]
    [InlineData("81c9000100003247")]
    [InlineData("80c90000")]
    [InlineData("80c8000500003247e8b1a2c3400000000000096000000001")]
    [InlineData("81c8000600003247e8b1a2c34000000000000960000000010000015e")]
    public void TryParse_CountBeyondPacket_IsRefused(string hex)
    {
        var packet = RtcpPacketTests.Single(Convert.FromHexString(hex));

        SenderReport.TryParse(packet, out _).ShouldBeFalse();
        ReceiverReport.TryParse(packet, out _).ShouldBeFalse();
    }

    [Fact]
    public void Write_MoreThan31Blocks_Throws() =>
        Should.Throw<ArgumentOutOfRangeException>(() => ReceiverReport.Write(default, new ReportBlock[32], new byte[2000]));

    private static int WriteAgain(byte[] vector, byte[] destination)
    {
        SenderReport.TryParse(RtcpPacketTests.Single(vector), out var report).ShouldBeTrue();
        return report.Write([], destination);
    }

    private static byte[] Written(int length, Func<byte[], int> write)
    {
        var destination = new byte[length];
        write(destination).ShouldBe(length);
        return destination;
    }

    private static ReportBlock[] ToArray(ReportBlocks blocks)
    {
        var array = new ReportBlock[blocks.Count];
        for (var i = 0; i < array.Length; i++)
        {
            array[i] = blocks[i];
        }

        return array;
    }

    private static byte[] PlainVector(string name)
    {
        using var vectors = Vectors.Load("aead_aes256_gcm_rtpsize");
        var vector = vectors.RootElement.GetProperty("vectors").EnumerateArray().Single(v => v.GetProperty("name").GetString() == name);
        return [.. vector.Hex("rtcp_header_clear"), .. vector.Hex("plaintext")];
    }
}
