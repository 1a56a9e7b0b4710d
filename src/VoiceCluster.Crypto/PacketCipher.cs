using System.Buffers.Binary;
using VoiceCluster.Crypto.Ciphers;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Crypto;

/// <summary>A mode's layout around a cipher with a session's key.</summary>
internal sealed class PacketCipher : TransportCipher
{
    private const int MaximumNonceLength = 24;
    private const int CounterLength = 4;

    private readonly PacketLayout _layout;
    private readonly KeyedCipher _cipher;
    private bool _disposed;

    /// <summary>Takes ownership of <paramref name="cipher"/>; the sealer is of the same mode and cipher.</summary>
    public PacketCipher(PacketSealer sealer, KeyedCipher cipher)
    {
        Sealer = sealer;
        _layout = PacketLayout.For(sealer.Mode);
        _cipher = cipher;
    }

    /// <inheritdoc />
    public override PacketSealer Sealer { get; }

    /// <inheritdoc />
    public override nint SealingKey
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _cipher.KeyHandle;
        }
    }

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
        var length = Sealer.SealRtp(SealingKey, header, body, nonceSuffix, destination);
        GC.KeepAlive(_cipher);
        return length;
    }

    /// <inheritdoc />
    public override int SealRtcp(ReadOnlySpan<byte> plain, uint nonceSuffix, Span<byte> destination)
    {
        var length = Sealer.SealRtcp(SealingKey, plain, nonceSuffix, destination);
        GC.KeepAlive(_cipher);
        return length;
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
}
