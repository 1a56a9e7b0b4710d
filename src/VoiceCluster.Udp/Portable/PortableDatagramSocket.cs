using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace VoiceCluster.Udp.Portable;

/// <summary>The base library's socket behind the same interface: a system call per datagram, and no timestamps from the kernel.</summary>
/// <remarks>Only the overloads that take a <see cref="SocketAddress"/> leave the heap alone, so those are used.</remarks>
internal sealed class PortableDatagramSocket : IDatagramSocket
{
    private const int ResetOnUnreachablePort = -1744830452;
    private const uint Loopback = 0x7F000001;

    private readonly Socket _socket;
    private readonly SocketAddress _source = new(AddressFamily.InterNetwork);
    private readonly SocketAddress _destination = new(AddressFamily.InterNetwork);
    private readonly int _timeoutMicroseconds;
    private volatile bool _interrupted;

    public PortableDatagramSocket(DatagramSocketOptions options)
    {
        _timeoutMicroseconds = (int)options.ReceiveTimeout.TotalMicroseconds;
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            Configure(options);
            _socket.Bind(options.Local.ToIPEndPoint());
            LocalEndpoint = Ipv4Endpoint.FromIPEndPoint((IPEndPoint)_socket.LocalEndPoint!);
        }
        catch (SocketException exception)
        {
            _socket.Dispose();
            throw new IOException($"UDP socket: bind to {options.Local}: {exception.Message}.", exception);
        }
    }

    public Ipv4Endpoint LocalEndpoint { get; }

    public int ReceiveBufferBytes { get; private set; }

    public DatagramSocketCounters Counters { get; } = new();

    public int Receive(ReceiveBatch batch)
    {
        batch.Clear();
        var wait = _timeoutMicroseconds;
        while (!_interrupted && batch.Count < batch.Capacity && TryReceive(batch, wait))
        {
            wait = 0;
        }

        return _interrupted ? -1 : batch.Count;
    }

    public void Send(SendBatch batch)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            Send(batch.Datagram(i), batch.Destination(i));
        }

        batch.Clear();
    }

    public void Interrupt()
    {
        _interrupted = true;
        try
        {
            // A datagram to itself ends the wait; if it is lost, the timeout ends it a moment later.
            using var wake = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            var address = LocalEndpoint.Address == 0 ? Loopback : LocalEndpoint.Address;
            wake.SendTo([], new Ipv4Endpoint(address, LocalEndpoint.Port).ToIPEndPoint());
        }
        catch (SocketException)
        {
            // As above: the timeout does it.
        }
    }

    public void Dispose()
    {
        _interrupted = true;
        _socket.Dispose();
    }

    private void Configure(DatagramSocketOptions options)
    {
        _socket.Blocking = false;
        _socket.ReceiveBufferSize = options.ReceiveBufferBytes;
        _socket.SendBufferSize = options.SendBufferBytes;
        ReceiveBufferBytes = OperatingSystem.IsLinux() ? _socket.ReceiveBufferSize / 2 : _socket.ReceiveBufferSize;
        if (OperatingSystem.IsWindows())
        {
            // Otherwise a receive fails after a datagram was sent to a port that nobody listens on.
            _socket.IOControl(ResetOnUnreachablePort, [0, 0, 0, 0], null);
            return;
        }

        _socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.TypeOfService, options.Dscp << 2);
    }

    private bool TryReceive(ReceiveBatch batch, int waitMicroseconds)
    {
        try
        {
            if (!_socket.Poll(waitMicroseconds, SelectMode.SelectRead))
            {
                return false;
            }

            var index = batch.Count;
            var length = _socket.ReceiveFrom(batch.Slot(index), SocketFlags.None, _source);

            // Not every system says that it cut a datagram off, but what was cut off fills the slot.
            batch.Set(index, new DatagramInfo(length, Read(_source), 0, Truncated: length == ReceiveBatch.SlotSize));
            batch.Count = index + 1;
            Counters.CountReceiveSuccess();
            return true;
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.MessageSize)
        {
            batch.Set(batch.Count, new DatagramInfo(0, Read(_source), 0, Truncated: true));
            batch.Count++;
            return true;
        }
        catch (SocketException exception)
        {
            Counters.CountReceiveFailure(exception.Message);
            return false;
        }
    }

    private void Send(ReadOnlySpan<byte> datagram, Ipv4Endpoint destination)
    {
        try
        {
            Write(destination, _destination);
            _socket.SendTo(datagram, SocketFlags.None, _destination);
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.WouldBlock or SocketError.NoBufferSpaceAvailable)
        {
            Counters.CountSendBufferFull(1);
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.NetworkUnreachable
            or SocketError.HostUnreachable or SocketError.NetworkDown or SocketError.HostDown or SocketError.ConnectionRefused)
        {
            Counters.CountSendUnreachable();
        }
        catch (SocketException)
        {
            Counters.CountSendFailure();
        }
    }

    // The buffer is a sockaddr_in: port at 2, address at 4, both in network byte order.
    private static Ipv4Endpoint Read(SocketAddress address)
    {
        var bytes = address.Buffer.Span;
        return new Ipv4Endpoint(BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]), BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]));
    }

    private static void Write(Ipv4Endpoint endpoint, SocketAddress address)
    {
        var bytes = address.Buffer.Span;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], endpoint.Port);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[4..], endpoint.Address);
    }
}
