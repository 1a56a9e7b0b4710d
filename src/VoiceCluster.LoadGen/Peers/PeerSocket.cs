using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace VoiceCluster.LoadGen.Peers;

/// <summary>One user's UDP socket on loopback.</summary>
internal sealed class PeerSocket : IDisposable
{
    private const int ReceiveBufferBytes = 1 << 20;
    private const int LevelSocket = 1;
    private const int OptionAttachFilter = 26;
    private const ushort InstructionReturn = 0x06;
    private const int PointerOffset = 8;
    private const int InstructionBytes = 8;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)
    {
        ReceiveBufferSize = ReceiveBufferBytes,
    };

    /// <summary>Binds any free port.</summary>
    public PeerSocket() => _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    /// <summary>The port bound.</summary>
    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    /// <summary>A port no UDP socket has at the moment.</summary>
    public static int FindFreePort()
    {
        using var probe = new PeerSocket();
        return probe.Port;
    }

    /// <summary>Sends to, and hears from, one port of this machine only.</summary>
    public void Connect(int port) => _socket.Connect(IPAddress.Loopback, port);

    /// <summary>Sends one datagram; one that cannot be sent is lost, as on a network.</summary>
    public void Send(ReadOnlySpan<byte> datagram)
    {
        try
        {
            _socket.Send(datagram, SocketFlags.None);
        }
        catch (SocketException)
        {
            // Nobody listens yet, or no longer; what is missing shows in the counts.
        }
    }

    /// <summary>Waits for a datagram.</summary>
    /// <returns>Its length; -1 when none came in time, or nobody listens where this socket sends to.</returns>
    public int Receive(Span<byte> buffer, TimeSpan limit)
    {
        _socket.ReceiveTimeout = (int)limit.TotalMilliseconds;
        try
        {
            return _socket.Receive(buffer);
        }
        catch (SocketException)
        {
            return -1;
        }
    }

    /// <summary>Lets the kernel drop everything that arrives.</summary>
    public void DropArrivals()
    {
        // A program of one instruction: return 0, which keeps no byte of the datagram.
        var program = Marshal.AllocHGlobal(InstructionBytes);
        try
        {
            Marshal.WriteInt64(program, InstructionReturn);
            var filter = new byte[PointerOffset + nint.Size];
            MemoryMarshal.Write(filter, (ushort)1);
            MemoryMarshal.Write(filter.AsSpan(PointerOffset), program);
            _socket.SetRawSocketOption(LevelSocket, OptionAttachFilter, filter);
        }
        finally
        {
            Marshal.FreeHGlobal(program);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _socket.Dispose();
}
