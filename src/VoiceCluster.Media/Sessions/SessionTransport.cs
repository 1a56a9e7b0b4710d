using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using VoiceCluster.Crypto;
using VoiceCluster.Domain.Media;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Media.Sessions;

/// <summary>A session's key with everything that belongs to it. Made by control; from its publication on the worker's alone.</summary>
internal sealed class SessionTransport : IDisposable
{
    private const int LongNonceLength = 24;

    private readonly byte[] _keyDigest;
    private readonly bool _isHeaderOpen;
    private NonceMemory? _usedNonces;
    private volatile PayloadTypes _payloadTypes;
    private ClientNonceOrder _nonceOrder;

    public SessionTransport(MediaTransport transport, int generation, StrongBox<NonceCounter>? nonces = null)
    {
        Generation = generation;
        Cipher = TransportCiphers.Create(transport.Mode, transport.Key.Span);
        _payloadTypes = PayloadTypes.From(transport.Codecs);
        Nonces = nonces ?? new StrongBox<NonceCounter>();
        IsHeaderNonce = transport.Mode == TransportEncryptionMode.XSalsa20Poly1305;
        _isHeaderOpen = transport.Mode is TransportEncryptionMode.XSalsa20Poly1305Lite
            or TransportEncryptionMode.XSalsa20Poly1305LiteRtpSize
            or TransportEncryptionMode.XSalsa20Poly1305Suffix;
        CanSealReports = Cipher.CanSealRtcp;
        _keyDigest = SHA256.HashData(transport.Key.Span);
    }

    /// <summary>Counts the session's keys, from 1.</summary>
    public int Generation { get; }

    public TransportCipher Cipher { get; }

    /// <summary>The client's payload types; control may replace them.</summary>
    public PayloadTypes PayloadTypes => _payloadTypes;

    /// <summary>
    /// How far the key's nonces were used when the session was last sealed for under another one; one box for all transports under one key. While this
    /// transport is in use its <see cref="MediaSink"/> counts. Worker thread only.
    /// </summary>
    public StrongBox<NonceCounter> Nonces { get; }

    /// <summary>Whether the RTP header is the nonce, so that a header must never come twice.</summary>
    public bool IsHeaderNonce { get; }

    /// <summary>Whether the client gets RTCP: bots do not expect any, and one mode cannot seal it safely.</summary>
    public bool TakesReports => CanSealReports && _payloadTypes.HasCodecList;

    /// <summary>
    /// Whether only the nonce tells a packet's age. In the two secret box modes with a counter the header is not authenticated, so whoever recorded a
    /// packet can send it again under any number; its nonce gives it away as soon as the client's way of counting is known.
    /// </summary>
    public bool IsAgeInNonce => _isHeaderOpen && _nonceOrder.IsKnown;

    /// <summary>
    /// Whether a packet can prove that it is newer than another one. Not where the header is not authenticated and the nonces are random, or not
    /// understood yet: there a recorded packet looks new under a higher number once its nonce has been forgotten.
    /// </summary>
    public bool IsAgeProvable => !_isHeaderOpen || _nonceOrder.IsKnown;

    /// <summary>Set by the worker once it has told control that the nonces run out.</summary>
    public bool HasToldExhaustion { get; set; }

    private bool CanSealReports { get; }

    /// <summary>Tells whether the key is that of a renegotiation.</summary>
    public bool HasKey(MediaTransport transport) => CryptographicOperations.FixedTimeEquals(SHA256.HashData(transport.Key.Span), _keyDigest);

    /// <summary>Control: replaces the payload types and leaves the key as it is.</summary>
    public void SetCodecs(ImmutableArray<MediaCodec> codecs) => _payloadTypes = PayloadTypes.From(codecs);

    /// <summary>Takes note of an authentic packet's nonce.</summary>
    /// <param name="datagram">The whole datagram, opened or not.</param>
    /// <param name="isNewest">Whether it is proven newer than every one before it.</param>
    /// <returns>False if the packet is a replay; only found out here where the header, with its number, is not authenticated.</returns>
    public bool TryObserveNonce(ReadOnlySpan<byte> datagram, out bool isNewest)
    {
        var hasSuffix = Cipher.TryReadNonceSuffix(datagram, out var suffix);
        if (_isHeaderOpen && !TryUseNonce(hasSuffix ? suffix : Digest(datagram[^LongNonceLength..]), hasSuffix && _nonceOrder.IsBehind(suffix, NonceMemory.Length)))
        {
            isNewest = false;
            return false;
        }

        isNewest = hasSuffix && _nonceOrder.Observe(suffix);
        return true;
    }

    public void Dispose() => Cipher.Dispose();

    private bool TryUseNonce(ulong nonce, bool isBeyondMemory) => !isBeyondMemory && (_usedNonces ??= new NonceMemory()).TryAdd(nonce);

    // The nonce is proven with the packet, so nobody can choose it to collide.
    private static ulong Digest(ReadOnlySpan<byte> nonce) =>
        BinaryPrimitives.ReadUInt64LittleEndian(nonce)
        ^ BitOperations.RotateLeft(BinaryPrimitives.ReadUInt64LittleEndian(nonce[8..]), 21)
        ^ BitOperations.RotateLeft(BinaryPrimitives.ReadUInt64LittleEndian(nonce[16..]), 42);
}
