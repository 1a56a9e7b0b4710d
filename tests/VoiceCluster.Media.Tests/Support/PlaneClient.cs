using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using VoiceCluster.Domain.Media;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Udp;

namespace VoiceCluster.Media.Tests.Support;

/// <summary>A client with a real socket at a media plane.</summary>
internal sealed class PlaneClient : IDisposable
{
    private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly IPEndPoint _server;

    public PlaneClient(MediaSessionOffer offer, TransportEncryptionMode mode, ImmutableArray<MediaCodec> codecs = default)
    {
        Offer = offer;
        _server = new IPEndPoint(offer.Address, offer.Port);
        Media = new TestClient(mode, offer.Ssrc, Ipv4Endpoint.FromIPEndPoint((IPEndPoint)_socket.Client.LocalEndPoint!), codecs);
    }

    public MediaSessionOffer Offer { get; }

    public TestClient Media { get; }

    public void Send(byte[] datagram) => SendTo(_server, datagram);

    public void SendTo(IPEndPoint server, byte[] datagram) => _socket.Send(datagram, server);

    /// <summary>The next datagram; fails when none comes within five seconds.</summary>
    public async Task<byte[]> ReceiveAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        return (await _socket.ReceiveAsync(deadline.Token)).Buffer;
    }

    /// <summary>Asks for its address and waits for the answer: afterwards the worker has seen all that was sent and published before.</summary>
    public Task SynchronizeAsync() => SynchronizeAsync(_server);

    /// <summary>The same with another worker.</summary>
    public async Task SynchronizeAsync(IPEndPoint server)
    {
        SendTo(server, Media.Discovery());
        while ((await ReceiveAsync()).Length != 74)
        {
        }
    }

    public async Task<HeardPacket> HearAsync() => new(Media.Open(await ReceiveAsync()).ShouldNotBeNull());

    public void Dispose()
    {
        _socket.Dispose();
        Media.Dispose();
    }
}
