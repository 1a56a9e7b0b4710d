using System.Buffers.Binary;
using System.Collections.Immutable;
using VoiceCluster.Crypto;
using VoiceCluster.Domain.Media;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Rtp;
using VoiceCluster.Protocol.Udp;
using VoiceCluster.Udp;

namespace VoiceCluster.Media.Tests.Support;

/// <summary>What a client has after select protocol: an address, a source, a key and a counter.</summary>
internal sealed class TestClient : IDisposable
{
    public static readonly ImmutableArray<MediaCodec> NativeCodecs =
    [
        new("opus", false, 111, null), new("H264", true, 103, 104), new("VP8", true, 105, 106),
    ];

    private static int _made;

    public TestClient(TransportEncryptionMode mode, Ssrc ssrc, Ipv4Endpoint endpoint, ImmutableArray<MediaCodec> codecs = default)
    {
        Mode = mode;
        Ssrc = ssrc;
        Endpoint = endpoint;
        Key = new byte[32];
        BinaryPrimitives.WriteInt32LittleEndian(Key, Interlocked.Increment(ref _made));
        Cipher = TransportCiphers.Create(mode, Key);
        Codecs = codecs.IsDefault ? [] : codecs;
    }

    public TransportEncryptionMode Mode { get; }

    public Ssrc Ssrc { get; }

    public Ipv4Endpoint Endpoint { get; set; }

    public byte[] Key { get; }

    public TransportCipher Cipher { get; }

    public ImmutableArray<MediaCodec> Codecs { get; }

    public MediaTransport Transport => new(Mode, Key, Codecs);

    public ushort Sequence { get; set; } = 1;

    public uint Timestamp { get; set; } = 960;

    public uint Counter { get; set; } = 1;

    public bool CountsLittleEndian { get; set; }

    /// <summary>Seals the next voice packet.</summary>
    public byte[] Voice(params byte[] payload) => Media(VoicePayloadType, Ssrc, payload);

    public byte VoicePayloadType => Codecs.IsEmpty ? RtpPayloadType.Opus : (byte)111;

    /// <summary>Seals the next packet, of any payload type and source.</summary>
    public byte[] Media(byte payloadType, Ssrc ssrc, byte[] payload, bool marker = false)
    {
        var header = new RtpHeader { PayloadType = payloadType, Marker = marker, SequenceNumber = Sequence++, Timestamp = Timestamp, Ssrc = ssrc };
        Timestamp += 960;
        return Seal(header, payload.Length == 0 ? [1, 2, 3] : payload);
    }

    public byte[] Seal(RtpHeader header, byte[] body)
    {
        var plain = new byte[12 + body.Length];
        header.Write(plain);
        body.CopyTo(plain, 12);
        return SealPlain(plain);
    }

    /// <summary>Seals a whole plain packet; empty if its header announces more than there is.</summary>
    public byte[] SealPlain(byte[] plain)
    {
        var packet = new byte[plain.Length + TransportCipher.MaximumOverhead];
        return packet[..Cipher.SealRtp(plain.AsSpan(0, 12), plain.AsSpan(12), NextSuffix(), packet)];
    }

    public byte[] SealRtcp(byte[] plain)
    {
        var packet = new byte[plain.Length + TransportCipher.MaximumOverhead];
        return packet[..Cipher.SealRtcp(plain, NextSuffix(), packet)];
    }

    public byte[] Discovery(IpDiscoveryForm form = IpDiscoveryForm.Current)
    {
        var request = new byte[IpDiscovery.CurrentLength];
        return request[..IpDiscovery.WriteRequest(form, Ssrc, request)];
    }

    /// <summary>Opens what was sent to it; null if it is not for its key.</summary>
    public byte[]? Open(byte[] datagram)
    {
        var copy = datagram.ToArray();
        return Cipher.OpenRtp(copy, out var length) == OpenError.None ? copy[..length] : null;
    }

    public byte[]? OpenRtcp(byte[] datagram)
    {
        var copy = datagram.ToArray();
        return Cipher.OpenRtcp(copy, out var length) == OpenError.None ? copy[..length] : null;
    }

    public void Dispose() => Cipher.Dispose();

    private uint NextSuffix()
    {
        var counter = Counter++;
        return CountsLittleEndian ? BinaryPrimitives.ReverseEndianness(counter) : counter;
    }
}

/// <summary>An opened RTP packet, kept.</summary>
internal sealed record HeardPacket(byte[] Plain)
{
    public RtpHeader Header => RtpHeader.TryRead(Plain, out var header) ? header : default;

    public ushort Sequence => Header.SequenceNumber;

    public byte[] Payload => RtpView.TryParse(Plain, out var view, out _) ? view.Payload.ToArray() : [];
}
