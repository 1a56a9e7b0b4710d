using System.Net;
using System.Net.Sockets;

namespace VoiceCluster.Client.Voice;

/// <summary>One user's UDP socket, connected to the server's media port.</summary>
/// <remarks>Any thread may send; one at a time receives. Nothing is allocated per datagram.</remarks>
public sealed class MediaSocket : IDisposable
{
    /// <summary>No datagram of this protocol is longer.</summary>
    public const int LargestDatagram = 2048;

    private const int KernelBuffer = 1024 * 1024;

    private readonly Socket _socket;

    /// <summary>Opens a socket on a free port.</summary>
    public MediaSocket(IPEndPoint server)
    {
        _socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp)
        {
            ReceiveBufferSize = KernelBuffer,
            SendBufferSize = KernelBuffer,
        };
        _socket.Connect(server);
    }

    /// <summary>This side's address as this machine sees it.</summary>
    public IPEndPoint Local => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>Sends one datagram; false if the system refused it.</summary>
    public bool Send(ReadOnlySpan<byte> datagram)
    {
        try
        {
            return _socket.Send(datagram) == datagram.Length;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Waits for one datagram.</summary>
    /// <returns>Its length; −1 when the socket was closed.</returns>
    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        while (true)
        {
            try
            {
                return await _socket.ReceiveAsync(buffer, SocketFlags.None);
            }
            catch (SocketException exception) when (exception.SocketErrorCode is SocketError.ConnectionRefused or SocketError.MessageSize)
            {
                // The port was closed for a moment (a node restarts), or something overlong came: neither ends the socket.
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return -1;
            }
        }
    }

    /// <inheritdoc />
    public void Dispose() => _socket.Dispose();
}
