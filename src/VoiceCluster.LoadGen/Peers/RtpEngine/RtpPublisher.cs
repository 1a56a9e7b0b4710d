using System.Security.Cryptography;
using VoiceCluster.LoadGen.Native;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Rtp;
using VoiceCluster.Udp;

namespace VoiceCluster.LoadGen.Peers.RtpEngine;

/// <summary>Speaks one stream of SRTP.</summary>
/// <param name="user">Which user.</param>
/// <param name="payloadLength">Bytes of each packet's payload.</param>
internal sealed class RtpPublisher(int user, int payloadLength) : PeerSpeaker(user, payloadLength), IDisposable
{
    private const uint FirstSource = 0x1000;
    private const uint SamplesPerFrame = 960;
    private const int SequenceBits = 16;

    private readonly Ssrc _ssrc = new(FirstSource + (uint)user);
    private AesCounterHmacSrtp? _srtp;
    private Ipv4Endpoint _server;

    /// <inheritdoc />
    protected override Ipv4Endpoint Server => _server;

    /// <summary>Makes up a key.</summary>
    /// <returns>Master key and salt, to be told to the other side.</returns>
    public byte[] CreateKey()
    {
        var master = RandomNumberGenerator.GetBytes(AesCounterHmacSrtp.MasterBytes);
        _srtp = new AesCounterHmacSrtp(master);
        return master;
    }

    /// <summary>Says where to send to.</summary>
    public void Connect(int port) => _server = PeerAddress.Server(port);

    /// <inheritdoc />
    public void Dispose() => _srtp?.Dispose();

    /// <inheritdoc />
    protected override int Seal(uint number, ReadOnlySpan<byte> payload, Span<byte> datagram)
    {
        var header = new RtpHeader
        {
            PayloadType = RtpPayloadType.Opus,
            SequenceNumber = (ushort)number,
            Timestamp = number * SamplesPerFrame,
            Ssrc = _ssrc,
        };
        header.Write(datagram);
        payload.CopyTo(datagram[RtpHeader.Length..]);
        return _srtp!.Protect(datagram, RtpHeader.Length + payload.Length, number >> SequenceBits);
    }
}
