using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using VoiceCluster.Crypto.Ciphers;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Crypto;

/// <summary>Seals packets of one mode under whichever session's key it is given, straight into the buffers they are sent from.</summary>
/// <remarks>
/// For whoever seals one packet for many: one object for all, and of each session only its key. A key's handle comes from
/// <see cref="TransportCipher.SealingKey"/>; that it is still good, and of this mode, is the caller's duty. No method allocates. Any
/// threads may call at once, but not under one key.
/// </remarks>
public sealed unsafe class PacketSealer
{
    private const int MaximumNonceLength = 24;
    private const int CounterLength = 4;

    private readonly PacketLayout _layout;
    private readonly AuthenticatedCipher _cipher;
    private readonly byte[] _noncePrefix;

    /// <summary>Makes a sealer.</summary>
    /// <param name="mode">The layout.</param>
    /// <param name="cipher">What seals.</param>
    /// <param name="noncePrefix">The 20 bytes that precede the counter in 24-byte suffixes.</param>
    internal PacketSealer(TransportEncryptionMode mode, AuthenticatedCipher cipher, byte[] noncePrefix)
    {
        Mode = mode;
        _layout = PacketLayout.For(mode);
        _cipher = cipher;
        _noncePrefix = noncePrefix;
        Overhead = TransportCipher.TagLength + _layout.SuffixLength;
    }

    /// <summary>The mode in which packets are laid out.</summary>
    public TransportEncryptionMode Mode { get; }

    /// <summary>Bytes by which a sealed packet is longer than a plain one.</summary>
    public int Overhead { get; }

    /// <summary>As <see cref="TransportCipher.CanSealRtcp"/>.</summary>
    public bool CanSealRtcp => _layout.NonceSource != NonceSource.ClearHeader;

    /// <summary>Seals an RTP packet.</summary>
    /// <param name="key">The session's key.</param>
    /// <inheritdoc cref="TransportCipher.SealRtp" path="/param|/returns"/>
    public int SealRtp(nint key, ReadOnlySpan<byte> header, ReadOnlySpan<byte> body, uint nonceSuffix, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(header.Length, RtpHeader.Length, nameof(header));
        var clearLength = _layout.ClearLength(header[0]);
        var plainLength = RtpHeader.Length + body.Length;
        if (plainLength < clearLength || destination.Length < plainLength + Overhead)
        {
            return 0;
        }

        var clearBody = clearLength - RtpHeader.Length;
        header.CopyTo(destination);
        if (clearBody > 0)
        {
            body[..clearBody].CopyTo(destination[RtpHeader.Length..]);
        }

        return Seal(key, clearLength, body[clearBody..], nonceSuffix, destination);
    }

    /// <summary>Seals a compound RTCP packet.</summary>
    /// <param name="key">The session's key.</param>
    /// <inheritdoc cref="TransportCipher.SealRtcp" path="/param|/returns"/>
    public int SealRtcp(nint key, ReadOnlySpan<byte> plain, uint nonceSuffix, Span<byte> destination)
    {
        const int ClearLength = PacketLayout.RtcpClearLength;
        if (plain.Length < ClearLength || destination.Length < plain.Length + Overhead)
        {
            return 0;
        }

        plain[..ClearLength].CopyTo(destination);
        return Seal(key, ClearLength, plain[ClearLength..], nonceSuffix, destination);
    }

    /// <summary>Says that a key is about to be used, so that it is near when it is. A hint: the handle is all that is looked at.</summary>
    public void Prefetch(nint key) => _cipher.Prefetch(key);

    // The destination holds the clear part and has been found long enough.
    [SkipLocalsInit]
    private int Seal(nint key, int clearLength, ReadOnlySpan<byte> text, uint nonceSuffix, Span<byte> destination)
    {
        bool isSealed;
        var nonce = stackalloc byte[MaximumNonceLength];
        fixed (byte* source = text, packet = destination)
        {
            var box = packet + clearLength;
            WriteNonce(packet, clearLength, nonceSuffix, nonce);
            Unsafe.CopyBlockUnaligned(box + text.Length + TransportCipher.TagLength, nonce, (uint)_layout.SuffixLength);
            isSealed = _layout.IsTagFirst
                ? _cipher.TrySeal(key, nonce, packet, clearLength, source, text.Length, box + TransportCipher.TagLength, box)
                : _cipher.TrySeal(key, nonce, packet, clearLength, source, text.Length, box, box + text.Length);
        }

        return isSealed ? clearLength + text.Length + Overhead : 0;
    }

    private void WriteNonce(byte* clear, int clearLength, uint nonceSuffix, byte* nonce)
    {
        var bytes = new Span<byte>(nonce, MaximumNonceLength);
        bytes.Clear();
        switch (_layout.NonceSource)
        {
            case NonceSource.FourByteSuffix:
                BinaryPrimitives.WriteUInt32BigEndian(bytes, nonceSuffix);
                break;
            case NonceSource.FullSuffix:
                _noncePrefix.CopyTo(bytes);
                BinaryPrimitives.WriteUInt32BigEndian(bytes[(MaximumNonceLength - CounterLength)..], nonceSuffix);
                break;
            default:
                new ReadOnlySpan<byte>(clear, clearLength).CopyTo(bytes);
                break;
        }
    }
}
