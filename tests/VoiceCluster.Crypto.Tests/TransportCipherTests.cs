using System.Security.Cryptography;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Crypto.Tests;

public sealed class TransportCipherTests
{
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(TransportCipher.KeyLength);

    [Theory, AesGcmModes, SodiumModes]
    public void SealAndOpen_AnyPacket_RoundTrips(TransportEncryptionMode mode)
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        using var sender = TransportCiphers.Create(mode, Key);
        using var receiver = TransportCiphers.Create(mode, Key);
        for (uint round = 0; round < 1000; round++)
        {
            var plain = RandomPacket(random);
            var wire = new byte[plain.Length + sender.Overhead];

            sender.SealRtp(plain.AsSpan(0, 12), plain.AsSpan(12), round, wire).ShouldBe(wire.Length, $"seed {seed}");

            receiver.OpenRtp(wire, out var plainLength).ShouldBe(OpenError.None, $"seed {seed}");
            wire.AsSpan(0, plainLength).ToArray().ShouldBe(plain, $"seed {seed}");
        }
    }

    [Theory, AesGcmModes, SodiumModes]
    public void SealAndOpen_RtcpOfEveryLength_RoundTrips(TransportEncryptionMode mode)
    {
        using var cipher = TransportCiphers.Create(mode, Key);
        for (var length = 8; length < 200; length++)
        {
            var plain = RandomNumberGenerator.GetBytes(length);
            var wire = new byte[length + cipher.Overhead];

            cipher.SealRtcp(plain, (uint)length, wire).ShouldBe(wire.Length);

            cipher.OpenRtcp(wire, out var plainLength).ShouldBe(OpenError.None);
            wire.AsSpan(0, plainLength).ToArray().ShouldBe(plain);
        }
    }

    [Theory, AesGcmModes, SodiumModes]
    public void Open_OtherKey_IsNotAuthentic(TransportEncryptionMode mode)
    {
        using var sender = TransportCiphers.Create(mode, Key);
        using var other = TransportCiphers.Create(mode, RandomNumberGenerator.GetBytes(32));
        var wire = Sealed(sender, [0x80, 0x78, .. new byte[10], .. OpusFrame.Silence]);

        other.OpenRtp(wire, out var plainLength).ShouldBe(OpenError.NotAuthentic);

        plainLength.ShouldBe(0);
    }

    [Theory, AesGcmModes, SodiumModes]
    public void Open_RtpAsRtcpAndBack_IsRefused(TransportEncryptionMode mode)
    {
        using var cipher = TransportCiphers.Create(mode, Key);
        var rtp = Sealed(cipher, [0x80, 0x78, .. new byte[10], .. OpusFrame.Silence]);
        var rtcp = new byte[28 + cipher.Overhead];
        cipher.SealRtcp([0x80, 0xC8, 0, 6, .. new byte[24]], 2, rtcp);

        cipher.OpenRtcp(rtp, out _).ShouldNotBe(OpenError.None);
        cipher.OpenRtp(rtcp, out _).ShouldNotBe(OpenError.None);
    }

    [Theory, AesGcmModes, SodiumModes]
    public void Open_EveryLengthOfNoise_NeverThrows(TransportEncryptionMode mode)
    {
        using var cipher = TransportCiphers.Create(mode, Key);
        foreach (var firstByte in new byte[] { 0x00, 0x80, 0x90, 0x8F, 0x9F, 0xFF })
        {
            for (var length = 0; length < 150; length++)
            {
                var packet = RandomNumberGenerator.GetBytes(length);
                packet.AsSpan(0, Math.Min(1, length)).Fill(firstByte);

                cipher.OpenRtp([.. packet], out _).ShouldNotBe(OpenError.None);
                cipher.OpenRtcp([.. packet], out _).ShouldNotBe(OpenError.None);
            }
        }
    }

    [Theory, AesGcmModes, SodiumModes]
    public void Open_ShorterThanClearPartTagAndSuffix_IsTooShort(TransportEncryptionMode mode)
    {
        using var cipher = TransportCiphers.Create(mode, Key);
        var clearLength = mode.ToWireName().EndsWith("rtpsize", StringComparison.Ordinal) ? 76 : 12;
        for (var length = 0; length <= clearLength + cipher.Overhead; length++)
        {
            var packet = new byte[length];
            packet.AsSpan(0, Math.Min(1, length)).Fill(0x9F);

            cipher.OpenRtp(packet, out _).ShouldBe(length < clearLength + cipher.Overhead ? OpenError.TooShort : OpenError.NotAuthentic);
        }
    }

    [Theory, AesGcmModes, SodiumModes]
    public void Seal_DestinationOneByteShort_WritesNothing(TransportEncryptionMode mode)
    {
        using var cipher = TransportCiphers.Create(mode, Key);
        var destination = new byte[15 + cipher.Overhead - 1];

        cipher.SealRtp(new byte[12], new byte[3], 1, destination).ShouldBe(0);
        cipher.SealRtcp(new byte[15], 1, destination).ShouldBe(0);

        destination.ShouldAllBe(b => b == 0);
    }

    [Fact]
    public void SealRtp_BodyShorterThanTheHeaderAnnounces_WritesNothing()
    {
        using var cipher = TransportCiphers.Create(TransportEncryptionMode.AeadAes256GcmRtpSize, Key);

        cipher.SealRtp([0x92, 0x78, .. new byte[10]], new byte[11], 1, new byte[200]).ShouldBe(0);
        cipher.SealRtp([0x92, 0x78, .. new byte[10]], new byte[12], 1, new byte[200]).ShouldBe(24 + 20);
    }

    [Fact]
    public void SealRtp_HeaderOfAnotherLength_Throws()
    {
        using var cipher = TransportCiphers.Create(TransportEncryptionMode.AeadAes256GcmRtpSize, Key);

        Should.Throw<ArgumentOutOfRangeException>(() => cipher.SealRtp(new byte[11], new byte[3], 1, new byte[100]));
    }

    [SodiumFact]
    public void Seal_FullSuffix_BeginsWithWhatThisProcessHasDrawn()
    {
        using var first = TransportCiphers.Create(TransportEncryptionMode.XSalsa20Poly1305Suffix, Key);
        using var second = TransportCiphers.Create(TransportEncryptionMode.XSalsa20Poly1305Suffix, Key);
        byte[] plain = [0x80, 0x78, .. new byte[10], 1, 2, 3];

        Sealed(first, plain)[^24..^4].ShouldBe(Sealed(second, plain)[^24..^4]);
        Sealed(first, plain)[^24..^4].Distinct().Count().ShouldBeGreaterThan(4);
    }

    [Theory, AesGcmModes, SodiumModes]
    public void Sealer_OneForManySessions_SealsUnderEachKey(TransportEncryptionMode mode)
    {
        using var first = TransportCiphers.Create(mode, Key);
        using var second = TransportCiphers.Create(mode, RandomNumberGenerator.GetBytes(32));
        byte[] plain = [0x80, 0x78, .. new byte[10], 1, 2, 3];
        foreach (var cipher in new[] { first, second, first })
        {
            var wire = new byte[plain.Length + cipher.Overhead];
            first.Sealer.Prefetch(cipher.SealingKey);
            first.Sealer.SealRtp(cipher.SealingKey, plain.AsSpan(0, 12), plain.AsSpan(12), 1, wire).ShouldBe(wire.Length);

            wire.ShouldBe(Sealed(cipher, plain));
            (cipher == first ? second : first).OpenRtp([.. wire], out _).ShouldBe(OpenError.NotAuthentic);
            cipher.OpenRtp(wire, out var length).ShouldBe(OpenError.None);
            wire[..length].ShouldBe(plain);
        }
    }

    [Theory, AesGcmModes, SodiumModes]
    public void SealingKey_AfterDispose_IsGivenToNobody(TransportEncryptionMode mode)
    {
        var cipher = TransportCiphers.Create(mode, Key);
        cipher.SealingKey.ShouldNotBe(0);
        cipher.Dispose();

        Should.Throw<ObjectDisposedException>(() => cipher.SealingKey);
    }

    [Theory, AesGcmModes, SodiumModes]
    public void SealAndOpen_TenThousandPackets_AllocateNothing(TransportEncryptionMode mode)
    {
        using var cipher = TransportCiphers.Create(mode, Key);
        var plain = RandomNumberGenerator.GetBytes(172);
        plain[0] = 0x80;
        var wire = new byte[plain.Length + cipher.Overhead];
        RunPackets(cipher, plain, wire, 100);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var opened = RunPackets(cipher, plain, wire, 10_000);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        opened.ShouldBe(10_000);
        allocated.ShouldBe(0);
    }

    [OpenSslFact]
    public void Open_TenThousandForgeries_AllocateNothing()
    {
        using var cipher = TransportCiphers.Create(TransportEncryptionMode.AeadAes256GcmRtpSize, Key);
        var wire = new byte[200];
        wire[0] = 0x80;
        RunForgeries(cipher, wire, 100);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var refused = RunForgeries(cipher, wire, 10_000);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        refused.ShouldBe(10_000);
        allocated.ShouldBe(0);
    }

    private static int RunPackets(TransportCipher cipher, ReadOnlySpan<byte> plain, Span<byte> wire, int count)
    {
        var opened = 0;
        for (uint i = 0; i < count; i++)
        {
            var length = cipher.SealRtp(plain[..12], plain[12..], ServerNonceSuffix.FromCounter(i), wire);
            opened += cipher.OpenRtp(wire[..length], out var plainLength) == OpenError.None && plainLength == plain.Length ? 1 : 0;
        }

        return opened;
    }

    private static int RunForgeries(TransportCipher cipher, Span<byte> wire, int count)
    {
        var refused = 0;
        for (var i = 0; i < count; i++)
        {
            refused += cipher.OpenRtp(wire, out _) == OpenError.NotAuthentic ? 1 : 0;
        }

        return refused;
    }

    private static byte[] Sealed(TransportCipher cipher, byte[] plain)
    {
        var wire = new byte[plain.Length + cipher.Overhead];
        cipher.SealRtp(plain.AsSpan(0, 12), plain.AsSpan(12), 1, wire).ShouldBe(wire.Length);
        return wire;
    }

    private static byte[] RandomPacket(Random random)
    {
        var header = (byte)(0x80 | random.Next(0x20));
        var packet = new byte[RtpHeader.RtpSizeLength(header) + random.Next(0, 1300)];
        random.NextBytes(packet);
        packet[0] = header;
        return packet;
    }
}
