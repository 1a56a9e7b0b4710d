using System.Buffers.Binary;

namespace VoiceCluster.Crypto.Tests;

public sealed class ServerNonceSuffixTests
{
    [Theory]
    [InlineData(0u, 0x80000080u)]
    [InlineData(1u, 0x80000081u)]
    [InlineData(127u, 0x800000FFu)]
    [InlineData(128u, 0x80000180u)]
    [InlineData(0x3FFFFFFFu, 0xFFFFFFFFu)]
    public void FromCounter_Known_GivesTheSuffix(uint counter, uint expected) =>
        ServerNonceSuffix.FromCounter(counter).ShouldBe(expected);

    [Theory]
    [InlineData(ServerNonceSuffix.CounterLimit)]
    [InlineData(uint.MaxValue)]
    public void FromCounter_AtTheLimit_Throws(uint counter) =>
        Should.Throw<ArgumentOutOfRangeException>(() => ServerNonceSuffix.FromCounter(counter));

    [Fact]
    public void FromCounter_CountersOverTheWholeRange_GrowAndAreTheServers()
    {
        uint last = 0;
        for (uint counter = 0; counter < ServerNonceSuffix.CounterLimit; counter += 4093)
        {
            var suffix = ServerNonceSuffix.FromCounter(counter);

            suffix.ShouldBeGreaterThan(last);
            ServerNonceSuffix.IsServer(suffix).ShouldBeTrue();
            last = suffix;
        }
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(0x3A5F_1234u)]
    [InlineData(0x8000_4000u)]
    [InlineData(0xC0FF_EE80u)]
    public void FromCounter_ThousandOfServerAndClient_ShareNoSuffix(uint clientStart)
    {
        var server = Enumerable.Range(0, 1000).Select(i => ServerNonceSuffix.FromCounter((uint)i)).ToHashSet();
        var client = Enumerable.Range(0, 1000).SelectMany(i => BothByteOrders(clientStart + (uint)i)).ToHashSet();

        server.Count.ShouldBe(1000);
        server.Overlaps(client).ShouldBeFalse();
    }

    [Fact]
    public void FromCounter_ClientOfAnyStartBelowTheTopBit_SharesNoSuffix()
    {
        var random = new Random(7);
        for (var round = 0; round < 1000; round++)
        {
            var start = (uint)random.Next();

            Enumerable.Range(0, 1000).SelectMany(i => BothByteOrders((start + (uint)i) & 0x7FFF_FFFF))
                .ShouldAllBe(suffix => !ServerNonceSuffix.IsServer(suffix));
        }
    }

    private static uint[] BothByteOrders(uint counter) => [counter, BinaryPrimitives.ReverseEndianness(counter)];
}
