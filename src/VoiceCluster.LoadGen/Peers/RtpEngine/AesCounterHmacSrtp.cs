using System.Buffers.Binary;
using System.Security.Cryptography;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.LoadGen.Peers.RtpEngine;

/// <summary>Protects the RTP packets of one sender with AES_CM_128_HMAC_SHA1_80.</summary>
/// <remarks>
/// Out: header | encrypted payload | tag (10 bytes). For packets with a plain 12-byte header. Not for use by two threads at once.
/// Source: RFC 3711 sections 3.3, 4.1.1 and 4.2.1; RFC 4568 section 6.2 for the key's form.
/// </remarks>
internal sealed class AesCounterHmacSrtp : IDisposable
{
    /// <summary>Bytes of the master key and, behind it, the master salt.</summary>
    public const int MasterBytes = KeyBytes + SaltBytes;

    /// <summary>What a packet grows by.</summary>
    public const int TagBytes = 10;

    private const int KeyBytes = 16;
    private const int SaltBytes = 14;
    private const int AuthenticationKeyBytes = 20;
    private const int BlockBytes = 16;
    private const int SsrcOffset = 4;
    private const int IndexOffset = 8;

    private readonly Aes _aes = Aes.Create();
    private readonly byte[] _salt;
    private readonly byte[] _authenticationKey;

    /// <summary>Derives the session keys.</summary>
    /// <param name="master">Key and salt, <see cref="MasterBytes"/> bytes.</param>
    public AesCounterHmacSrtp(ReadOnlySpan<byte> master)
    {
        var key = master[..KeyBytes];
        var salt = master[KeyBytes..MasterBytes];
        _aes.SetKey(SrtpCounterMode.DeriveKey(key, salt, SrtpKeyLabel.Encryption, KeyBytes));
        _authenticationKey = SrtpCounterMode.DeriveKey(key, salt, SrtpKeyLabel.Authentication, AuthenticationKeyBytes);
        _salt = SrtpCounterMode.DeriveKey(key, salt, SrtpKeyLabel.Salt, SaltBytes);
    }

    /// <summary>Protects a packet in place.</summary>
    /// <param name="buffer">The packet, with room for the tag behind it.</param>
    /// <param name="length">The packet's length.</param>
    /// <param name="rolloverCount">How often its sequence number has wrapped.</param>
    /// <returns>The length with the tag.</returns>
    public int Protect(Span<byte> buffer, int length, uint rolloverCount)
    {
        var packet = buffer[..length];
        Span<byte> start = stackalloc byte[BlockBytes];
        start.Clear();
        _salt.CopyTo(start);
        SrtpFields.XorSsrc(packet, start[SsrcOffset..]);
        SrtpFields.XorIndex(packet, rolloverCount, start[IndexOffset..]);
        SrtpCounterMode.Apply(_aes, start, packet[RtpHeader.Length..]);

        // The tag covers the rollover count too, which is then overwritten by the tag.
        BinaryPrimitives.WriteUInt32BigEndian(buffer[length..], rolloverCount);
        Span<byte> tag = stackalloc byte[HMACSHA1.HashSizeInBytes];
#pragma warning disable CA5350 // The suite is the peer's, and HMAC-SHA1 is what it is made of.
        HMACSHA1.HashData(_authenticationKey, buffer[..(length + sizeof(uint))], tag);
#pragma warning restore CA5350
        tag[..TagBytes].CopyTo(buffer[length..]);
        return length + TagBytes;
    }

    /// <inheritdoc />
    public void Dispose() => _aes.Dispose();
}
