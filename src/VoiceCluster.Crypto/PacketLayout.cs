using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Crypto;

/// <summary>Where the nonce of a packet comes from.</summary>
internal enum NonceSource
{
    /// <summary>The packet's last four bytes, then zeros.</summary>
    FourByteSuffix,

    /// <summary>The packet's last 24 bytes.</summary>
    FullSuffix,

    /// <summary>The packet's clear header, then zeros; nothing is appended.</summary>
    ClearHeader,
}

/// <summary>How one mode lays a sealed packet out.</summary>
/// <remarks>
/// <code>
/// mode                             clear part   then                 nonce
/// aead_aes256_gcm_rtpsize          RTP size     ciphertext, tag      4-byte suffix
/// aead_xchacha20_poly1305_rtpsize  RTP size     ciphertext, tag      4-byte suffix
/// xsalsa20_poly1305_lite_rtpsize   RTP size     tag, ciphertext      4-byte suffix
/// aead_aes256_gcm                  12 bytes     ciphertext, tag      4-byte suffix
/// xsalsa20_poly1305_lite           12 bytes     tag, ciphertext      4-byte suffix
/// xsalsa20_poly1305_suffix         12 bytes     tag, ciphertext      24-byte suffix
/// xsalsa20_poly1305                12 bytes     tag, ciphertext      the 12 bytes
/// </code>
/// "RTP size" is the fixed header with contributing sources and extension preamble, so extension elements are sealed in all modes.
/// The clear part is the associated data of the AEAD modes. Of RTCP the first 8 bytes are clear in every mode.
/// </remarks>
internal sealed record PacketLayout(bool IsRtpSize, bool IsTagFirst, NonceSource NonceSource)
{
    /// <summary>Clear bytes of RTCP: header and sender's source.</summary>
    public const int RtcpClearLength = 8;

    /// <summary>Bytes behind ciphertext and tag.</summary>
    public int SuffixLength { get; } = NonceSource switch
    {
        NonceSource.FourByteSuffix => 4,
        NonceSource.FullSuffix => 24,
        _ => 0,
    };

    /// <summary>Clear bytes of an RTP packet with this first byte.</summary>
    public int ClearLength(byte firstByte) => IsRtpSize ? RtpHeader.RtpSizeLength(firstByte) : RtpHeader.Length;

    /// <summary>The layout of a mode.</summary>
    public static PacketLayout For(TransportEncryptionMode mode) => mode switch
    {
        TransportEncryptionMode.AeadAes256GcmRtpSize => new(IsRtpSize: true, IsTagFirst: false, NonceSource.FourByteSuffix),
        TransportEncryptionMode.AeadXChaCha20Poly1305RtpSize => new(IsRtpSize: true, IsTagFirst: false, NonceSource.FourByteSuffix),
        TransportEncryptionMode.XSalsa20Poly1305LiteRtpSize => new(IsRtpSize: true, IsTagFirst: true, NonceSource.FourByteSuffix),
        TransportEncryptionMode.AeadAes256Gcm => new(IsRtpSize: false, IsTagFirst: false, NonceSource.FourByteSuffix),
        TransportEncryptionMode.XSalsa20Poly1305Lite => new(IsRtpSize: false, IsTagFirst: true, NonceSource.FourByteSuffix),
        TransportEncryptionMode.XSalsa20Poly1305Suffix => new(IsRtpSize: false, IsTagFirst: true, NonceSource.FullSuffix),
        TransportEncryptionMode.XSalsa20Poly1305 => new(IsRtpSize: false, IsTagFirst: true, NonceSource.ClearHeader),
        _ => throw new ArgumentOutOfRangeException(nameof(mode)),
    };
}
