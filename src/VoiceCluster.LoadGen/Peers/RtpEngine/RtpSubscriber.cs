namespace VoiceCluster.LoadGen.Peers.RtpEngine;

/// <summary>Hears one stream of SRTP.</summary>
/// <param name="master">The master key and salt that the other side sends with.</param>
internal sealed class RtpSubscriber(byte[] master) : IDisposable
{
    private const int MaxDatagramBytes = 1500;
    private static readonly TimeSpan CopyLimit = TimeSpan.FromSeconds(2);

    private readonly PeerSocket _socket = new();
    private readonly AesGcmSrtp _srtp = new(master);
    private readonly byte[] _datagram = new byte[MaxDatagramBytes];

    /// <summary>The port it listens on.</summary>
    public int Port => _socket.Port;

    /// <summary>Lets the kernel drop what is heard from now on.</summary>
    public void DropArrivals() => _socket.DropArrivals();

    /// <summary>Waits for a packet of the first 2^16 of a stream and compares it with what was sent.</summary>
    /// <returns>Null when nothing came, else whether all is as it was sent.</returns>
    public bool? Hears(ushort sequence, ReadOnlySpan<byte> payload)
    {
        int received;
        do
        {
            received = _socket.Receive(_datagram, CopyLimit);
        }
        while (received > 0 && RtpPacket.IsRtcp(_datagram.AsSpan(0, received)));

        return received < 0
            ? null
            : _srtp.Open(_datagram.AsSpan(0, received), rolloverCount: 0) is var length and > 0
                && RtpPacket.Sequence(_datagram) == sequence
                && _datagram.AsSpan(RtpPacket.HeaderBytes, length - RtpPacket.HeaderBytes).SequenceEqual(payload);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _socket.Dispose();
        _srtp.Dispose();
    }
}
