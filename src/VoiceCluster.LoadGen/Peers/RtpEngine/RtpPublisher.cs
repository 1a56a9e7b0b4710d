namespace VoiceCluster.LoadGen.Peers.RtpEngine;

/// <summary>Sends one stream of SRTP.</summary>
internal sealed class RtpPublisher : IDisposable
{
    private const int MaxPacketBytes = 1500;
    private const uint SamplesPerFrame = 960;

    private readonly PeerSocket _socket = new();
    private readonly AesCounterHmacSrtp _srtp;
    private readonly uint _ssrc;
    private readonly byte[] _packet = new byte[MaxPacketBytes];
    private ulong _nextIndex;

    /// <summary>Makes a publisher with a port but without a destination.</summary>
    /// <param name="master">Its master key and salt.</param>
    public RtpPublisher(ReadOnlySpan<byte> master, uint ssrc) => (_srtp, _ssrc) = (new AesCounterHmacSrtp(master), ssrc);

    /// <summary>The port it sends from.</summary>
    public int Port => _socket.Port;

    /// <summary>The sequence number of the last packet.</summary>
    public ushort LastSequence { get; private set; }

    /// <summary>Says where to send to.</summary>
    public void Connect(int port) => _socket.Connect(port);

    /// <summary>Sends the next packet.</summary>
    public void Send(ReadOnlySpan<byte> payload)
    {
        LastSequence = (ushort)_nextIndex;
        var length = RtpPacket.Write(
            _packet, RtpEngineSdp.OpusPayloadType, LastSequence, unchecked((uint)_nextIndex * SamplesPerFrame), _ssrc, payload);
        _socket.Send(_packet.AsSpan(0, _srtp.Protect(_packet, length, (uint)(_nextIndex >> 16))));
        _nextIndex++;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _socket.Dispose();
        _srtp.Dispose();
    }
}
