using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using VoiceCluster.Domain.Media;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Udp;
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

    /// <summary>The next datagram; fails when none comes within a minute.</summary>
    public async Task<byte[]> ReceiveAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        return (await _socket.ReceiveAsync(deadline.Token)).Buffer;
    }

    /// <summary>Asks for its address and waits for the answer: afterwards the worker has seen all that was sent and published before.</summary>
    public Task SynchronizeAsync() => SynchronizeAsync(_server);

    /// <summary>The same with another worker. Asks again when no answer comes: after a flood from this machine the worker may owe it none for a while.</summary>
    public async Task SynchronizeAsync(IPEndPoint server)
    {
        for (var attempt = 0; attempt < 10; attempt++)
        {
            SendTo(server, Media.Discovery());
            if (await TryReceiveAnswerAsync())
            {
                return;
            }
        }

        throw new TimeoutException("The worker does not answer.");
    }

    private async Task<bool> TryReceiveAnswerAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            while ((await _socket.ReceiveAsync(deadline.Token)).Buffer.Length != IpDiscovery.CurrentLength)
            {
            }

            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>The next packet that is no answer.</summary>
    public async Task<HeardPacket> HearAsync()
    {
        var datagram = await ReceiveAsync();
        while (datagram.Length == IpDiscovery.CurrentLength)
        {
            datagram = await ReceiveAsync();
        }

        return new HeardPacket(Media.Open(datagram).ShouldNotBeNull());
    }

    public void Dispose()
    {
        _socket.Dispose();
        Media.Dispose();
    }
}
