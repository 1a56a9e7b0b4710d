using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Protocol.Relay;

namespace VoiceCluster.Protocol.Tests.Relay;

public sealed class RelayHeaderTests
{
    private static readonly RelayHeader Example = new(
        RelayFlags.Marker | RelayFlags.Extension,
        Kind: 1,
        Codec: 4,
        Link: 0x1112131415161718,
        Counter: 0x2122232425262728,
        Channel: 0x3132333435363738,
        Epoch: 0x4142434445464748,
        Source: 0x51525354,
        Sequence: 0x61626364,
        Timestamp: 0x71727374);

    [Fact]
    public void Write_PutsEveryFieldInItsPlace()
    {
        var bytes = new byte[RelayHeader.Length];
        Example.Write(bytes);
        Convert.ToHexString(bytes).ShouldBe(
            "01010514" + "1112131415161718" + "2122232425262728" + "3132333435363738" + "4142434445464748" + "51525354" + "61626364" + "71727374");
    }

    [Fact]
    public void TryParse_AnyWrittenHeader_IsTheSame()
    {
        var headers =
            from flags in Gen.Choose(0, (int)RelayFlags.All)
            from nibbles in Gen.Choose(0, 255)
            from numbers in Gen.ArrayOf(Gen.Choose(int.MinValue, int.MaxValue), 8)
            select new RelayHeader(
                (RelayFlags)flags,
                (byte)(nibbles >> 4),
                (byte)(nibbles & 15),
                Wide(numbers[0], numbers[1]),
                (long)(Wide(numbers[1], numbers[2]) >> 1),
                Wide(numbers[3], numbers[4]),
                (long)(Wide(numbers[4], numbers[5]) >> 1),
                (uint)numbers[5],
                (uint)numbers[6],
                (uint)numbers[7]);
        Prop.ForAll(headers.ToArbitrary(), header =>
        {
            var bytes = new byte[RelayHeader.Length];
            header.Write(bytes);
            return RelayHeader.TryParse(bytes, out var parsed) && parsed == header;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void TryParse_AnyBytes_NeverThrowsAndKeepsToBounds()
    {
        var datagrams = Gen.Choose(0, 80).SelectMany(length => Gen.ArrayOf(Gen.Choose(0, 255).Select(value => (byte)value), length));
        Prop.ForAll(datagrams.ToArbitrary(), datagram =>
            !RelayHeader.TryParse(datagram, out var header) || (datagram.Length >= RelayHeader.Length && header.Counter >= 0 && header.Epoch >= 0))
            .QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 2)]
    [InlineData(1, 0)]
    [InlineData(1, 5)]
    [InlineData(2, 16)]
    [InlineData(2, 0x80)]
    [InlineData(12, 0x80)]
    [InlineData(28, 0x80)]
    public void TryParse_WhatThisVersionDoesNotKnow_IsRefused(int offset, byte value)
    {
        var bytes = new byte[RelayHeader.Length];
        Example.Write(bytes);
        bytes[offset] = value;
        RelayHeader.TryParse(bytes, out _).ShouldBeFalse();
    }

    [Fact]
    public void TryParse_OneByteShort_IsRefused()
    {
        var bytes = new byte[RelayHeader.Length];
        Example.Write(bytes);
        RelayHeader.TryParse(bytes.AsSpan(0, RelayHeader.Length - 1), out _).ShouldBeFalse();
    }

    [Fact]
    public void Write_NumbersBeyondTheirFields_AreRefused()
    {
        var bytes = new byte[RelayHeader.Length];
        Should.Throw<ArgumentOutOfRangeException>(() => (Example with { Kind = 16 }).Write(bytes));
        Should.Throw<ArgumentOutOfRangeException>(() => (Example with { Codec = 16 }).Write(bytes));
        Should.Throw<ArgumentOutOfRangeException>(() => (Example with { Counter = -1 }).Write(bytes));
        Should.Throw<ArgumentOutOfRangeException>(() => (Example with { Epoch = -1 }).Write(bytes));
        Should.Throw<ArgumentOutOfRangeException>(() => Example.Write(new byte[RelayHeader.Length - 1]));
    }

    private static ulong Wide(int high, int low) => ((ulong)(uint)high << 32) | (uint)low;
}
