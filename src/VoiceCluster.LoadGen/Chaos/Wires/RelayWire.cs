using System.Net;
using System.Net.Sockets;

namespace VoiceCluster.LoadGen.Chaos.Wires;

/// <summary>The wire on which the media of other nodes reaches one node. Senders are told apart by their addresses.</summary>
internal sealed class RelayWire : IDisposable
{
    private const int LastOctet = 7;
    private const int KernelBuffer = 4 * 1024 * 1024;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = KernelBuffer };
    private readonly SocketAddress _target;
    private readonly Func<int, Impairment> _impairmentFrom;
    private readonly DelayLine _delays;
    private readonly Random _random;
    private readonly Thread _thread;

    /// <summary>Begins to carry.</summary>
    /// <param name="listen">Where senders send to.</param>
    /// <param name="target">The node's own socket.</param>
    /// <param name="impairmentFrom">What happens to what a node sends, by its index; asked for each datagram.</param>
    /// <param name="delays">Holds what is delayed.</param>
    /// <param name="seed">Of what happens by chance.</param>
    public RelayWire(IPEndPoint listen, IPEndPoint target, Func<int, Impairment> impairmentFrom, DelayLine delays, int seed)
    {
        _target = target.Serialize();
        _impairmentFrom = impairmentFrom;
        _delays = delays;
        _random = new Random(seed);
        _socket.Bind(listen);
        _thread = new Thread(Run) { IsBackground = true, Name = $"relay wire {listen}" };
        _thread.Start();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _socket.Dispose();
        _thread.Join();
    }

    private void Run()
    {
        var buffer = new byte[2048];
        var sender = new SocketAddress(AddressFamily.InterNetwork);
        while (true)
        {
            try
            {
                var length = _socket.ReceiveFrom(buffer, SocketFlags.None, sender);
                Carry(buffer.AsSpan(0, length), sender[LastOctet] - 1);
            }
            catch (SocketException exception) when (exception.SocketErrorCode is SocketError.ConnectionRefused or SocketError.MessageSize)
            {
                // The node is away for a moment.
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Carry(ReadOnlySpan<byte> datagram, int from)
    {
        if (_impairmentFrom(from).Decide(_random) is not { } later)
        {
            return;
        }

        if (later > TimeSpan.Zero)
        {
            _delays.Send(_socket, datagram, _target, later);
        }
        else
        {
            _socket.SendTo(datagram, SocketFlags.None, _target);
        }
    }
}
