using System.Collections.Immutable;
using System.Security.Cryptography;
using VoiceCluster.Crypto;
using VoiceCluster.Domain.Media;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Media.Sessions;

/// <summary>A session's key with everything that belongs to it. Made by control; from its publication on the worker's alone.</summary>
internal sealed class SessionTransport : IDisposable
{
    private readonly byte[] _keyDigest;
    private readonly bool _isHeaderOpen;
    private volatile PayloadTypes _payloadTypes;
    private ClientNonceOrder _nonceOrder;

    public SessionTransport(MediaTransport transport, NonceCounter? nonces = null)
    {
        Cipher = TransportCiphers.Create(transport.Mode, transport.Key.Span);
        _payloadTypes = PayloadTypes.From(transport.Codecs);
        Nonces = nonces ?? new NonceCounter();
        IsHeaderNonce = transport.Mode == TransportEncryptionMode.XSalsa20Poly1305;
        _isHeaderOpen = transport.Mode is TransportEncryptionMode.XSalsa20Poly1305Lite or TransportEncryptionMode.XSalsa20Poly1305LiteRtpSize;
        CanSealReports = Cipher.CanSealRtcp;
        _keyDigest = SHA256.HashData(transport.Key.Span);
    }

    public TransportCipher Cipher { get; }

    /// <summary>The client's payload types; control may replace them.</summary>
    public PayloadTypes PayloadTypes => _payloadTypes;

    public NonceCounter Nonces { get; }

    /// <summary>Whether the RTP header is the nonce, so that a header must never come twice.</summary>
    public bool IsHeaderNonce { get; }

    /// <summary>Whether the client gets RTCP: bots do not expect any, and one mode cannot seal it safely.</summary>
    public bool TakesReports => CanSealReports && _payloadTypes.HasCodecList;

    /// <summary>
    /// Whether only the nonce tells a packet's age. In the two secret box modes with a counter the header is not authenticated, so whoever recorded a
    /// packet can send it again under any number; its nonce gives it away as soon as the client's way of counting is known.
    /// </summary>
    public bool IsAgeInNonce => _isHeaderOpen && _nonceOrder.IsKnown;

    /// <summary>Set by the worker once it has told control that the nonces run out.</summary>
    public bool HasToldExhaustion { get; set; }

    private bool CanSealReports { get; }

    /// <summary>
    /// Makes the transport for a renegotiation. If the key is the old one after all, the counting goes on where it was: to begin anew would
    /// repeat nonces.
    /// </summary>
    public SessionTransport Renegotiate(MediaTransport transport)
    {
        var isSameKey = CryptographicOperations.FixedTimeEquals(SHA256.HashData(transport.Key.Span), _keyDigest);
        return new SessionTransport(transport, isSameKey ? Nonces : null);
    }

    /// <summary>Control: replaces the payload types and leaves the key as it is.</summary>
    public void SetCodecs(ImmutableArray<MediaCodec> codecs) => _payloadTypes = PayloadTypes.From(codecs);

    /// <summary>Takes note of an authentic packet's nonce and tells whether it is proven newer than every one before it.</summary>
    /// <param name="datagram">The whole datagram, opened or not.</param>
    public bool ObserveNonce(ReadOnlySpan<byte> datagram) =>
        Cipher.TryReadNonceSuffix(datagram, out var suffix) && _nonceOrder.Observe(suffix);

    public void Dispose() => Cipher.Dispose();
}
