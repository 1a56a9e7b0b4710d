using System.Security.Cryptography;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.LoadGen.Peers.RtpEngine;

/// <summary>Opens the RTP packets of one sender that are protected with AEAD_AES_256_GCM.</summary>
/// <remarks>In: header | ciphertext | tag (16 bytes). For packets with a plain 12-byte header. Source: RFC 7714 sections 8 and 9.</remarks>
internal sealed class AesGcmSrtp : IDisposable
{
    /// <summary>Bytes of the master key and, behind it, the master salt.</summary>
    public const int MasterBytes = KeyBytes + SaltBytes;

    /// <summary>What a packet is longer by.</summary>
    public const int TagBytes = 16;

    private const int KeyBytes = 32;
    private const int SaltBytes = 12;
    private const int SsrcOffset = 2;
    private const int IndexOffset = 6;

    private readonly AesGcm _cipher;
    private readonly byte[] _salt;

    /// <summary>Derives the session keys.</summary>
    /// <param name="master">Key and salt, <see cref="MasterBytes"/> bytes.</param>
    public AesGcmSrtp(ReadOnlySpan<byte> master)
        : this(Derive(master, SrtpKeyLabel.Encryption, KeyBytes), Derive(master, SrtpKeyLabel.Salt, SaltBytes))
    {
    }

    /// <summary>Takes session keys as they are.</summary>
    /// <param name="key">32 bytes.</param>
    /// <param name="salt">12 bytes; kept.</param>
    internal AesGcmSrtp(byte[] key, byte[] salt) => (_cipher, _salt) = (new AesGcm(key, TagBytes), salt);

    /// <summary>Opens a packet in place.</summary>
    /// <param name="rolloverCount">How often its sequence number has wrapped.</param>
    /// <returns>The length without the tag; -1 when it is too short or not authentic.</returns>
    public int Open(Span<byte> packet, uint rolloverCount)
    {
        if (packet.Length < RtpHeader.Length + TagBytes)
        {
            return -1;
        }

        Span<byte> nonce = stackalloc byte[SaltBytes];
        _salt.CopyTo(nonce);
        SrtpFields.XorSsrc(packet, nonce[SsrcOffset..]);
        SrtpFields.XorIndex(packet, rolloverCount, nonce[IndexOffset..]);
        var payload = packet[RtpHeader.Length..^TagBytes];
        try
        {
            _cipher.Decrypt(nonce, payload, packet[^TagBytes..], payload, packet[..RtpHeader.Length]);
            return packet.Length - TagBytes;
        }
        catch (AuthenticationTagMismatchException)
        {
            return -1;
        }
    }

    /// <inheritdoc />
    public void Dispose() => _cipher.Dispose();

    private static byte[] Derive(ReadOnlySpan<byte> master, SrtpKeyLabel label, int bytes) =>
        SrtpCounterMode.DeriveKey(master[..KeyBytes], master[KeyBytes..MasterBytes], label, bytes);
}
