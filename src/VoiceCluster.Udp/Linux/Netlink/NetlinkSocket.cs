using System.Runtime.InteropServices;

namespace VoiceCluster.Udp.Linux.Netlink;

/// <summary>Asks the kernel, and hears of changes. For one thread.</summary>
internal sealed unsafe class NetlinkSocket : IDisposable
{
    private const int BufferBytes = 1 << 16;

    /// <summary>The kernel answers at once or not at all.</summary>
    private static readonly KernelTime Patience = new() { Seconds = 1 };

    private readonly SocketHandle _handle;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private uint _sequence;

    /// <summary>Opens a socket.</summary>
    /// <param name="family">The part of the kernel to talk to.</param>
    /// <param name="groups">The kinds of changes to hear of, a bit each.</param>
    /// <exception cref="IOException">The kernel has no such part, or does not let this process talk to it.</exception>
    public NetlinkSocket(int family, uint groups = 0)
    {
        _handle = new SocketHandle(LibC.Socket(LibC.AddressFamilyNetlink, LibC.SocketRawCloseOnExec, family));
        try
        {
            Check(Descriptor, "socket");
            var patience = Patience;
            Check(LibC.SetSocketOption(Descriptor, LibC.LevelSocket, LibC.OptionReceiveTimeout, &patience, (uint)sizeof(KernelTime)), "receive timeout");
            var address = new SocketAddressNetlink { Family = LibC.AddressFamilyNetlink, Groups = groups };
            Check(LibC.Bind(Descriptor, &address, (uint)sizeof(SocketAddressNetlink)), "bind");
        }
        catch
        {
            _handle.Dispose();
            throw;
        }
    }

    /// <summary>By which the system's poll knows the socket.</summary>
    public int Descriptor => _handle.Descriptor;

    /// <summary>Sends a request and waits for its whole answer.</summary>
    /// <returns>The messages before the one that ends the answer, and the number of the error in that one; 0 for none.</returns>
    public (IReadOnlyList<NetlinkMessage> Messages, int Error) Ask(NetlinkRequest request)
    {
        var sequence = ++_sequence;
        if (Send(request.Write(sequence)) is var sent and < 0)
        {
            return ([], -sent);
        }

        var messages = new List<NetlinkMessage>();
        while (true)
        {
            var received = Receive(LibC.FlagNone);
            if (received <= 0)
            {
                return ([], received < 0 ? -received : LibC.ErrorTryAgain);
            }

            foreach (var message in NetlinkMessage.ReadAll(_buffer.AsSpan(0, received).ToArray()).Where(message => message.Sequence == sequence))
            {
                if (message.EndsAnswer)
                {
                    return (messages, message.Error);
                }

                messages.Add(message);
            }
        }
    }

    /// <summary>Takes what the kernel told without being asked.</summary>
    /// <param name="changes">The messages; they are to be used before the next call.</param>
    /// <returns>False when there was nothing. An empty list means that something was lost: all that is known may be wrong.</returns>
    public bool TryHear(out IReadOnlyList<NetlinkMessage> changes)
    {
        var received = Receive(LibC.FlagDontWait);
        changes = received > 0 ? [.. NetlinkMessage.ReadAll(_buffer.AsMemory(0, received))] : [];
        return received != -LibC.ErrorTryAgain;
    }

    public void Dispose() => _handle.Dispose();

    private int Send(ReadOnlySpan<byte> request)
    {
        fixed (byte* bytes = request)
        {
            var sent = LibC.Send(Descriptor, bytes, (nuint)request.Length, LibC.FlagDontWait);
            return sent < 0 ? -Marshal.GetLastSystemError() : (int)sent;
        }
    }

    private int Receive(int flags)
    {
        fixed (byte* buffer = _buffer)
        {
            var received = LibC.Receive(Descriptor, buffer, BufferBytes, flags);
            return received < 0 ? -Marshal.GetLastSystemError() : (int)received;
        }
    }

    private static void Check(int result, string what)
    {
        if (result < 0)
        {
            throw new IOException($"Netlink socket: {what}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastSystemError())}.");
        }
    }
}
