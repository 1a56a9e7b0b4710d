using System.Net;
using System.Net.Sockets;

namespace VoiceCluster.LoadGen.Chaos.Wires;

/// <summary>The path of one user's media, both ways, through an impairment that may change at any time.</summary>
internal sealed class UserWire : IDisposable
{
    private static readonly DelayLine Delays = new();

    private readonly Socket _userSide = Open();
    private readonly Socket _nodeSide = Open();
    private readonly SocketAddress _node;
    private readonly Func<Impairment> _impairment;
    private readonly Random _random;
    private SocketAddress? _user;

    /// <summary>Begins to carry.</summary>
    /// <param name="node">The node's media port.</param>
    /// <param name="impairment">What happens, either way.</param>
    /// <param name="seed">Of what happens by chance.</param>
    public UserWire(IPEndPoint node, Func<Impairment> impairment, int seed)
    {
        _node = node.Serialize();
        _impairment = impairment;
        _random = new Random(seed);
        _ = CarryAsync(_userSide, isFromUser: true);
        _ = CarryAsync(_nodeSide, isFromUser: false);
    }

    /// <summary>Where the user sends to.</summary>
    public IPEndPoint Entrance => (IPEndPoint)_userSide.LocalEndPoint!;

    /// <inheritdoc />
    public void Dispose()
    {
        _userSide.Dispose();
        _nodeSide.Dispose();
    }

    private static Socket Open()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private async Task CarryAsync(Socket socket, bool isFromUser)
    {
        var buffer = new byte[2048];
        var sender = new SocketAddress(AddressFamily.InterNetwork);
        while (true)
        {
            try
            {
                var length = await socket.ReceiveFromAsync(buffer, SocketFlags.None, sender);
                if (isFromUser)
                {
                    _user ??= Copy(sender);
                }

                Carry(buffer.AsSpan(0, length), isFromUser ? _nodeSide : _userSide, isFromUser ? _node : _user);
            }
            catch (SocketException exception) when (exception.SocketErrorCode is SocketError.ConnectionRefused or SocketError.MessageSize)
            {
                // One of the two is away for a moment.
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Carry(ReadOnlySpan<byte> datagram, Socket socket, SocketAddress? to)
    {
        if (to is not null && Decide() is { } later)
        {
            if (later > TimeSpan.Zero)
            {
                Delays.Send(socket, datagram, to, later);
            }
            else
            {
                socket.SendTo(datagram, SocketFlags.None, to);
            }
        }
    }

    private TimeSpan? Decide()
    {
        lock (_random)
        {
            return _impairment().Decide(_random);
        }
    }

    private static SocketAddress Copy(SocketAddress address)
    {
        var copy = new SocketAddress(address.Family, address.Size);
        address.Buffer.Span[..address.Size].CopyTo(copy.Buffer.Span);
        return copy;
    }
}
