using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Rtcp;

namespace VoiceCluster.Protocol.Tests.Rtcp;

public sealed class SourceTests
{
    [Fact]
    public void Goodbye_WithReason_GivesItsSources()
    {
        var packet = RtcpPacketTests.Single(Convert.FromHexString("82cb0003" + "0000000100000002" + "03627965"));

        Goodbye.TryParse(packet, out var goodbye).ShouldBeTrue();

        goodbye.Count.ShouldBe(2);
        goodbye[0].ShouldBe(new Ssrc(1));
        goodbye[1].ShouldBe(new Ssrc(2));
    }

    [Fact]
    public void Goodbye_CountBeyondPacket_IsRefused() =>
        Goodbye.TryParse(RtcpPacketTests.Single(Convert.FromHexString("83cb00020000000100000002")), out _).ShouldBeFalse();

    [Fact]
    public void SourceDescription_Items_GivesTheCanonicalName()
    {
        // NAME "x", then CNAME "abc" (RFC 3550 section 6.5), end, padding to a word.
        var packet = RtcpPacketTests.Single(Convert.FromHexString("81ca0004" + "00003247" + "020178" + "0103616263" + "00000000"));

        SourceDescription.TryParse(packet, out var description).ShouldBeTrue();

        description.Ssrc.ShouldBe(new Ssrc(0x3247));
        description.CanonicalName.ToArray().ShouldBe("abc"u8.ToArray());
    }

    [Theory]
    [InlineData("81ca0002" + "00003247" + "01046162")]
    [InlineData("81ca0002" + "00003247" + "02016101")]
    [InlineData("81ca0000")]
    public void SourceDescription_ItemBeyondPacket_IsRefused(string hex) =>
        SourceDescription.TryParse(RtcpPacketTests.Single(Convert.FromHexString(hex)), out _).ShouldBeFalse();

    [Theory]
    [InlineData("80ca0000", 0u)]
    [InlineData("81ca0002" + "00003247" + "00000000", 0x3247u)]
    public void SourceDescription_WithoutName_HasAnEmptyOne(string hex, uint ssrc)
    {
        SourceDescription.TryParse(RtcpPacketTests.Single(Convert.FromHexString(hex)), out var description).ShouldBeTrue();

        description.Ssrc.ShouldBe(new Ssrc(ssrc));
        description.CanonicalName.IsEmpty.ShouldBeTrue();
    }
}
