using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Crypto;

/// <summary>Opens what one client sends and seals what it receives, under the key of its session.</summary>
/// <remarks>
/// No method allocates, and none throws for what is in a packet. The key is kept in native memory and wiped by
/// <see cref="Dispose()"/>. Calls must not overlap: an instance belongs to one thread at a time.
/// Source: Discord "Voice Connections", Transport Encryption Modes; a table of the layouts stands at <see cref="PacketLayout"/>.
/// </remarks>
public abstract class TransportCipher : IDisposable
{
    /// <summary>Bytes of a session key, in every mode.</summary>
    public const int KeyLength = 32;

    /// <summary>Bytes of the authentication tag, in every mode.</summary>
    public const int TagLength = 16;

    /// <summary>The most bytes by which a sealed packet is longer than a plain one, in any mode: tag and 24 nonce bytes.</summary>
    public const int MaximumOverhead = TagLength + 24;

    /// <summary>The mode in which packets are laid out.</summary>
    public TransportEncryptionMode Mode => Sealer.Mode;

    /// <summary>Bytes by which a sealed packet is longer than a plain one.</summary>
    public int Overhead => Sealer.Overhead;

    /// <summary>
    /// Whether RTCP may be sealed. Not so in <c>xsalsa20_poly1305</c>, where its nonce is the clear header, which is the same in every
    /// report of one length: two reports would give away the XOR of their contents.
    /// </summary>
    public bool CanSealRtcp => Sealer.CanSealRtcp;

    /// <summary>The one that seals for all sessions of the mode, and for this one.</summary>
    public abstract PacketSealer Sealer { get; }

    /// <summary>The session's key, for <see cref="Sealer"/>: good until this object is disposed, and no longer than it is alive.</summary>
    public abstract nint SealingKey { get; }

    /// <summary>Opens an RTP packet in place.</summary>
    /// <param name="packet">The whole datagram. After a failure its bytes are of no use.</param>
    /// <param name="plainLength">
    /// Bytes of the plain packet at the front of <paramref name="packet"/>: fixed header, contributing sources, extension block, payload.
    /// It still has to be parsed: only its sender is proven, not its form. 0 after a failure.
    /// </param>
    public abstract OpenError OpenRtp(Span<byte> packet, out int plainLength);

    /// <summary>Opens an RTCP packet in place.</summary>
    /// <inheritdoc cref="OpenRtp" path="/param"/>
    public abstract OpenError OpenRtcp(Span<byte> packet, out int plainLength);

    /// <summary>Reads the counter a client appended to a packet, before or after it was opened; see <see cref="ClientNonceOrder"/>.</summary>
    /// <param name="packet">The whole datagram.</param>
    /// <param name="suffix">Its last four bytes read big endian, whatever the client meant.</param>
    /// <returns>False in the two modes without a counter, and for fewer than four bytes.</returns>
    public abstract bool TryReadNonceSuffix(ReadOnlySpan<byte> packet, out uint suffix);

    /// <summary>Seals an RTP packet straight into the buffer it will be sent from.</summary>
    /// <param name="header">The fixed 12 bytes, already rewritten for this receiver.</param>
    /// <param name="body">Everything behind them in the plain packet: contributing sources, extension block, payload, padding.</param>
    /// <param name="nonceSuffix">
    /// Four bytes, sent big endian, never twice under one key; a server takes them from <see cref="ServerNonceSuffix"/>.
    /// Unused in <c>xsalsa20_poly1305</c>, whose nonce is the header: there no two packets may have the same one.
    /// </param>
    /// <param name="destination">At least <see cref="Overhead"/> bytes more than header and body; must not overlap them.</param>
    /// <returns>
    /// The bytes written; 0 if there is not enough room, or if the body ends before the contributing sources and extension preamble
    /// which the header announces.
    /// </returns>
    public abstract int SealRtp(ReadOnlySpan<byte> header, ReadOnlySpan<byte> body, uint nonceSuffix, Span<byte> destination);

    /// <summary>Seals a compound RTCP packet straight into the buffer it will be sent from. Mind <see cref="CanSealRtcp"/>.</summary>
    /// <param name="plain">The whole plain packet, at least 8 bytes.</param>
    /// <param name="nonceSuffix">As for <see cref="SealRtp"/>, out of the same counter.</param>
    /// <param name="destination">At least <see cref="Overhead"/> bytes more than <paramref name="plain"/>; must not overlap it.</param>
    /// <returns>The bytes written; 0 if there is not enough room or <paramref name="plain"/> is too short.</returns>
    public abstract int SealRtcp(ReadOnlySpan<byte> plain, uint nonceSuffix, Span<byte> destination);

    /// <summary>Wipes the key. Later calls throw.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Wipes the key.</summary>
    protected abstract void Dispose(bool disposing);
}
