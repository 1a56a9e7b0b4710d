using System.Buffers.Binary;
using VoiceCluster.Crypto.Ciphers;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Crypto.Tests;

public sealed class TransportCipherVectorTests
{
    [Theory, AesGcmModes, SodiumModes]
    public void Open_EveryVector_GivesThePlainPacket(TransportEncryptionMode mode)
    {
        foreach (var vector in TransportVectors.Load(mode))
        {
            using var cipher = TransportCiphers.Create(mode, vector.Key);
            byte[] packet = [.. vector.Packet];

            var error = Open(cipher, vector.IsRtcp, packet, out var plainLength);

            error.ShouldBe(OpenError.None, vector.Name);
            packet[..plainLength].ShouldBe(vector.Plain, vector.Name);
        }
    }

    [Theory, AesGcmModes, SodiumModes]
    public void Seal_EveryVector_GivesTheSealedPacket(TransportEncryptionMode mode)
    {
        foreach (var vector in TransportVectors.Load(mode))
        {
            using var cipher = CipherWithNonceOf(vector, mode);
            var destination = new byte[vector.Packet.Length];

            var length = Seal(cipher, vector.IsRtcp, vector.Plain, SuffixOf(vector, mode), destination);

            destination[..length].ShouldBe(vector.Packet, vector.Name);
        }
    }

    [Theory, AesGcmModes, SodiumModes]
    public void Open_EveryListedForgery_IsRefused(TransportEncryptionMode mode)
    {
        using var cipher = TransportCiphers.Create(mode, TransportVectors.Load(mode)[0].Key);
        var forgeries = TransportVectors.LoadForgeries(mode);

        forgeries.Count.ShouldBeGreaterThan(3);
        foreach (var (why, packet) in forgeries)
        {
            cipher.OpenRtp(packet, out var plainLength).ShouldNotBe(OpenError.None, why);
            plainLength.ShouldBe(0);
        }
    }

    [Theory, AesGcmModes, SodiumModes]
    public void Open_EveryVectorCutAtEveryLength_IsRefused(TransportEncryptionMode mode)
    {
        foreach (var vector in TransportVectors.Load(mode))
        {
            using var cipher = TransportCiphers.Create(mode, vector.Key);
            for (var length = 0; length < vector.Packet.Length; length++)
            {
                Open(cipher, vector.IsRtcp, vector.Packet.AsSpan(0, length).ToArray(), out _).ShouldNotBe(OpenError.None, $"{vector.Name} cut to {length}");
            }
        }
    }

    [Theory, AesGcmModes, SodiumModes]
    public void Open_AnySealedBitFlipped_IsRefused(TransportEncryptionMode mode)
    {
        var vector = TransportVectors.Load(mode)[2];
        using var cipher = TransportCiphers.Create(mode, vector.Key);
        for (var bit = 12 * 8; bit < vector.Packet.Length * 8; bit++)
        {
            byte[] packet = [.. vector.Packet];
            packet[bit / 8] ^= (byte)(1 << (bit % 8));
            var isClearWithoutProtection = mode == TransportEncryptionMode.XSalsa20Poly1305LiteRtpSize && bit / 8 < 16;

            var error = cipher.OpenRtp(packet, out _);

            (error == OpenError.None).ShouldBe(isClearWithoutProtection, $"bit {bit}");
        }
    }

    private static OpenError Open(TransportCipher cipher, bool isRtcp, Span<byte> packet, out int plainLength) =>
        isRtcp ? cipher.OpenRtcp(packet, out plainLength) : cipher.OpenRtp(packet, out plainLength);

    private static int Seal(TransportCipher cipher, bool isRtcp, byte[] plain, uint suffix, Span<byte> destination) =>
        isRtcp ? cipher.SealRtcp(plain, suffix, destination) : cipher.SealRtp(plain.AsSpan(0, 12), plain.AsSpan(12), suffix, destination);

    private static uint SuffixOf(TransportVector vector, TransportEncryptionMode mode) =>
        BinaryPrimitives.ReadUInt32BigEndian(mode == TransportEncryptionMode.XSalsa20Poly1305Suffix ? vector.Nonce.AsSpan(20) : vector.Nonce);

    private static TransportCipher CipherWithNonceOf(TransportVector vector, TransportEncryptionMode mode) =>
        mode == TransportEncryptionMode.XSalsa20Poly1305Suffix
            ? new PacketCipher(new PacketSealer(mode, CipherBackends.SecretBox.Cipher, vector.Nonce[..20]), CipherBackends.SecretBox.Create(vector.Key))
            : TransportCiphers.Create(mode, vector.Key);
}
