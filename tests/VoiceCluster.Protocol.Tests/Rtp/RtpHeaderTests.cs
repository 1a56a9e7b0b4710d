using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Protocol.Tests.Rtp;

public sealed class RtpHeaderTests
{
    // The first media vector of every transport mode begins with these bytes.
    private static readonly byte[] Golden = Convert.FromHexString("80780001000003c000003247");

    [Fact]
    public void TryRead_Golden_GivesItsFields()
    {
        RtpHeader.TryRead(Golden, out var header).ShouldBeTrue();

        header.ShouldBe(new RtpHeader
        {
            PayloadType = RtpPayloadType.Opus,
            SequenceNumber = 1,
            Timestamp = OpusFrame.TicksPer20Milliseconds,
            Ssrc = new Ssrc(0x3247),
        });
    }

    [Fact]
    public void Write_WhatWasRead_GivesTheSameBytes()
    {
        RtpHeader.TryRead(Golden, out var header);
        var written = new byte[12];

        header.Write(written).ShouldBe(12);

        written.ShouldBe(Golden);
    }

    [Fact]
    public void WriteAndTryRead_AnyHeader_RoundTrips() =>
        Prop.ForAll(RtpPackets.Headers.ToArbitrary(), header =>
        {
            var bytes = new byte[12];
            header.Write(bytes);
            return RtpHeader.TryRead(bytes, out var read) && read == header;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Write_FieldsWiderThanTheirBits_TouchNoOtherField()
    {
        var bytes = new byte[12];
        new RtpHeader { CsrcCount = 0x1F, PayloadType = 0xFF }.Write(bytes);

        bytes[0].ShouldBe((byte)0x8F);
        bytes[1].ShouldBe((byte)0x7F);
    }

    [Fact]
    public void TryRead_CutAtEveryLength_IsRefused()
    {
        for (var length = 0; length < Golden.Length; length++)
        {
            RtpHeader.TryRead(Golden.AsSpan(0, length), out _).ShouldBeFalse();
        }
    }

    [Theory]
    [InlineData(0x00)]
    [InlineData(0x40)]
    [InlineData(0xC0)]
    public void TryRead_OtherVersion_IsRefused(byte firstByte) =>
        RtpHeader.TryRead([firstByte, .. Golden[1..]], out _).ShouldBeFalse();

    [Theory]
    [InlineData(0x80, 12)]
    [InlineData(0xA0, 12)]
    [InlineData(0x90, 16)]
    [InlineData(0x82, 20)]
    [InlineData(0x92, 24)]
    [InlineData(0x9F, 76)]
    public void RtpSizeLength_CountsSourcesAndPreamble(byte firstByte, int expected) =>
        RtpHeader.RtpSizeLength(firstByte).ShouldBe(expected);
}
