using System.Buffers.Binary;
using System.Security.Cryptography;
using VoiceCluster.Crypto.Ciphers;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Crypto;

/// <summary>A mode's layout around an authenticated cipher.</summary>
internal sealed class PacketCipher : TransportCipher
{
    private const int MaximumNonceLength = 24;
    private const int CounterLength = 4;

    private readonly PacketLayout _layout;
    private readonly AuthenticatedCipher _cipher;
    private readonly byte[] _noncePrefix;
    private bool _disposed;

    /// <summary>Takes ownership of <paramref name="cipher"/>.</summary>
    public PacketCipher(TransportEncryptionMode mode, AuthenticatedCipher cipher)
        : this(mode, cipher, RandomNumberGenerator.GetBytes(MaximumNonceLength - CounterLength))
    {
    }

    /// <summary>As above, with the 20 bytes that precede the counter in 24-byte suffixes given. For test vectors.</summary>
    internal PacketCipher(TransportEncryptionMode mode, AuthenticatedCipher cipher, byte[] noncePrefix)
    {
        Mode = mode;
        _layout = PacketLayout.For(mode);
        _cipher = cipher;
        _noncePrefix = noncePrefix;
    }

    /// <inheritdoc />
    public override TransportEncryptionMode Mode { get; }

    /// <inheritdoc />
    public override int Overhead => TagLength + _layout.SuffixLength;

    /// <inheritdoc />
    public override bool CanSealRtcp => _layout.NonceSource != NonceSource.ClearHeader;

    /// <inheritdoc />
    public override OpenError OpenRtp(Span<byte> packet, out int plainLength)
    {
        plainLength = 0;
        return packet.IsEmpty ? OpenError.TooShort : Open(packet, _layout.ClearLength(packet[0]), out plainLength);
    }

    /// <inheritdoc />
    public override OpenError OpenRtcp(Span<byte> packet, out int plainLength) =>
        Open(packet, PacketLayout.RtcpClearLength, out plainLength);

    /// <inheritdoc />
    public override bool TryReadNonceSuffix(ReadOnlySpan<byte> packet, out uint suffix)
    {
        var hasCounter = _layout.NonceSource == NonceSource.FourByteSuffix && packet.Length >= CounterLength;
        suffix = hasCounter ? BinaryPrimitives.ReadUInt32BigEndian(packet[^CounterLength..]) : 0;
        return hasCounter;
    }

    /// <inheritdoc />
    public override int SealRtp(ReadOnlySpan<byte> header, ReadOnlySpan<byte> body, uint nonceSuffix, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(header.Length, RtpHeader.Length, nameof(header));
        var clearLength = _layout.ClearLength(header[0]);
        var plainLength = header.Length + body.Length;
        if (plainLength < clearLength || destination.Length < plainLength + Overhead)
        {
            return 0;
        }

        var clearBody = clearLength - header.Length;
        header.CopyTo(destination);
        body[..clearBody].CopyTo(destination[header.Length..]);
        return Seal(clearLength, body[clearBody..], nonceSuffix, destination);
    }

    /// <inheritdoc />
    public override int SealRtcp(ReadOnlySpan<byte> plain, uint nonceSuffix, Span<byte> destination)
    {
        const int ClearLength = PacketLayout.RtcpClearLength;
        if (plain.Length < ClearLength || destination.Length < plain.Length + Overhead)
        {
            return 0;
        }

        plain[..ClearLength].CopyTo(destination);
        return Seal(ClearLength, plain[ClearLength..], nonceSuffix, destination);
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _cipher.Dispose();
        }
    }

    private OpenError Open(Span<byte> packet, int clearLength, out int plainLength)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        plainLength = 0;
        var textLength = packet.Length - clearLength - Overhead;
        if (textLength < 0)
        {
            return OpenError.TooShort;
        }

        Span<byte> nonce = stackalloc byte[MaximumNonceLength];
        var clear = packet[..clearLength];
        (_layout.NonceSource == NonceSource.ClearHeader ? clear : packet[^_layout.SuffixLength..]).CopyTo(nonce);

        var text = packet.Slice(clearLength, textLength);
        var isAuthentic = _layout.IsTagFirst
            ? _cipher.TryOpen(nonce, clear, packet.Slice(clearLength + TagLength, textLength), packet.Slice(clearLength, TagLength), text)
            : _cipher.TryOpen(nonce, clear, text, packet.Slice(clearLength + textLength, TagLength), text);
        plainLength = isAuthentic ? clearLength + textLength : 0;
        return isAuthentic ? OpenError.None : OpenError.NotAuthentic;
    }

    private int Seal(int clearLength, ReadOnlySpan<byte> text, uint nonceSuffix, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var sealedLength = clearLength + text.Length + TagLength;
        var clear = destination[..clearLength];
        Span<byte> nonce = stackalloc byte[MaximumNonceLength];
        WriteNonce(clear, nonceSuffix, nonce);
        nonce[.._layout.SuffixLength].CopyTo(destination[sealedLength..]);

        var box = destination[clearLength..sealedLength];
        var isSealed = _layout.IsTagFirst
            ? _cipher.TrySeal(nonce, clear, text, box[TagLength..], box[..TagLength])
            : _cipher.TrySeal(nonce, clear, text, box[..text.Length], box[text.Length..]);
        return isSealed ? sealedLength + _layout.SuffixLength : 0;
    }

    private void WriteNonce(ReadOnlySpan<byte> clear, uint nonceSuffix, Span<byte> nonce)
    {
        switch (_layout.NonceSource)
        {
            case NonceSource.FourByteSuffix:
                BinaryPrimitives.WriteUInt32BigEndian(nonce, nonceSuffix);
                break;
            case NonceSource.FullSuffix:
                _noncePrefix.CopyTo(nonce);
                BinaryPrimitives.WriteUInt32BigEndian(nonce[_noncePrefix.Length..], nonceSuffix);
                break;
            default:
                clear.CopyTo(nonce);
                break;
        }
    }
}
