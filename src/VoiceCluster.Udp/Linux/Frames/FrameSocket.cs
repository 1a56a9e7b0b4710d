using System.Runtime.InteropServices;

namespace VoiceCluster.Udp.Linux.Frames;

/// <summary>A packet socket that only sends. See packet(7).</summary>
internal static unsafe class FrameSocket
{
    // Of no protocol: it is never given a frame to read.
    private const int ReceivesNothing = 0;

    /// <summary>Opens one.</summary>
    /// <param name="sendBufferBytes">Of frames that a device has not sent yet; the system may grant less.</param>
    /// <param name="priority">By which queues of devices order frames.</param>
    /// <exception cref="IOException">The system has no such sockets, or does not let this process have one.</exception>
    public static SocketHandle Open(int sendBufferBytes, int priority)
    {
        var handle = new SocketHandle(LibC.Socket(LibC.AddressFamilyPacket, LibC.SocketRawCloseOnExec, ReceivesNothing));
        if (handle.IsInvalid
            || LibC.SetSocketOption(handle.Descriptor, LibC.LevelSocket, LibC.OptionSendBuffer, &sendBufferBytes, sizeof(int)) < 0
            || LibC.SetSocketOption(handle.Descriptor, LibC.LevelSocket, LibC.OptionPriority, &priority, sizeof(int)) < 0)
        {
            var reason = Marshal.GetPInvokeErrorMessage(Marshal.GetLastSystemError());
            handle.Dispose();
            throw new IOException($"Packet socket: {reason}.");
        }

        return handle;
    }
}
