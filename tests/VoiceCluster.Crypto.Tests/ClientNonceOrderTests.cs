using System.Buffers.Binary;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Crypto.Tests;

public sealed class ClientNonceOrderTests
{
    [Theory]
    [InlineData(0u, true)]
    [InlineData(0u, false)]
    [InlineData(1u, true)]
    [InlineData(1u, false)]
    [InlineData(0xFEu, false)]
    [InlineData(0x89AB_CDEFu, true)]
    [InlineData(0xFFFF_FFF0u, true)]
    [InlineData(0xFFFF_FFF0u, false)]
    public void Observe_ClientCountsUp_ProvesEachPacketOnceTheOrderIsKnown(uint start, bool bigEndian)
    {
        var order = new ClientNonceOrder();
        for (uint i = 0; i < 1000; i++)
        {
            order.Observe(Wire(start + i, bigEndian)).ShouldBe(i > 8, $"packet {i}");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Observe_ReplayOrLatePacket_IsNotProven(bool bigEndian)
    {
        var order = new ClientNonceOrder();
        for (uint i = 0; i < 300; i += 2)
        {
            order.Observe(Wire(i, bigEndian));
        }

        for (uint i = 0; i <= 298; i++)
        {
            order.Observe(Wire(i, bigEndian)).ShouldBeFalse();
        }

        order.Observe(Wire(299, bigEndian)).ShouldBeTrue();
    }

    [Fact]
    public void Observe_OldPacketsReplayedDuringLearning_AreNeverProven()
    {
        var order = new ClientNonceOrder();
        order.Observe(1000);
        for (uint replayed = 0; replayed < 1000; replayed++)
        {
            order.Observe(replayed).ShouldBeFalse();
        }

        order.IsKnown.ShouldBeTrue();
        order.Observe(1001).ShouldBeTrue();
    }

    [Fact]
    public void Observe_RandomSuffixes_ProveNothing()
    {
        var random = new Random(3);
        var order = new ClientNonceOrder();
        for (var i = 0; i < 100_000; i++)
        {
            order.Observe((uint)random.NextInt64(1L << 32)).ShouldBeFalse();
        }

        order.IsKnown.ShouldBeFalse();
    }

    [Theory, AesGcmModes, SodiumModes]
    public void TryReadNonceSuffix_SealedPacket_GivesItWhereThereIsACounter(TransportEncryptionMode mode)
    {
        using var cipher = TransportCiphers.Create(mode, new byte[32]);
        var packet = new byte[15 + cipher.Overhead];
        cipher.SealRtp([0x80, 0x78, .. new byte[10]], [1, 2, 3], 0xCAFE0001, packet);
        var hasCounter = mode is not (TransportEncryptionMode.XSalsa20Poly1305 or TransportEncryptionMode.XSalsa20Poly1305Suffix);

        cipher.TryReadNonceSuffix(packet, out var suffix).ShouldBe(hasCounter);

        suffix.ShouldBe(hasCounter ? 0xCAFE0001 : 0);
        cipher.TryReadNonceSuffix(new byte[3], out _).ShouldBeFalse();
    }

    private static uint Wire(uint counter, bool bigEndian) => bigEndian ? counter : BinaryPrimitives.ReverseEndianness(counter);
}
