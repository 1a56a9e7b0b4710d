using System.Runtime.InteropServices;
using VoiceCluster.Udp;
using VoiceCluster.Udp.Linux;

namespace VoiceCluster.LoadGen.Native;

/// <summary>One UDP socket for any number of users: each has an address of his own in 127.0.0.0/8, all have one port.</summary>
/// <remarks>
/// So users cost neither descriptors nor, once <see cref="DropEverything"/> was called, anything but the filter's one instruction when they
/// are sent something. One thread sends and one receives. Linux only.
/// </remarks>
internal sealed unsafe class UserSocket : IDisposable
{
    private const uint FirstAddress = 0x7F01_0001;
    private const int KernelBuffer = 4 << 20;

    private readonly int _descriptor;
    private bool _disposed;

    /// <summary>Opens the socket on a port.</summary>
    /// <param name="port">The port.</param>
    /// <param name="address">
    /// One user's address: that user's datagrams come here then and no longer to the socket of all. 0 is the socket of all.
    /// </param>
    /// <exception cref="IOException">The port cannot be had.</exception>
    public UserSocket(int port, uint address = 0)
    {
        _descriptor = LibC.Socket(LibC.AddressFamilyInet, LibC.SocketDatagramCloseOnExec, 0);
        var local = SocketAddressIn.From(new Ipv4Endpoint(address, (ushort)port));
        try
        {
            Check(_descriptor, "socket");
            Set(LibC.LevelSocket, KernelOptions.ReuseAddress, 1);
            Set(LibC.LevelSocket, LibC.OptionReceiveBuffer, KernelBuffer);
            Set(LibC.LevelSocket, LibC.OptionSendBuffer, KernelBuffer);
            Set(LibC.LevelSocket, LibC.OptionTimestampNanoseconds, 1);
            Set(LibC.LevelIp, KernelOptions.PacketInformation, 1);
            Check(LibC.Bind(_descriptor, &local, (uint)sizeof(SocketAddressIn)), $"bind to port {port}");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Datagrams that the kernel did not take.</summary>
    public long SendFailures { get; private set; }

    /// <summary>The address of a user, counting from 0.</summary>
    public static uint AddressOf(int user) => FirstAddress + (uint)user;

    /// <summary>The user of an address.</summary>
    public static int UserOf(uint address) => (int)(address - FirstAddress);

    /// <summary>Sends all slots and empties them.</summary>
    /// <returns>How many the kernel took.</returns>
    public int Send(DatagramSlots slots)
    {
        var next = 0;
        var failed = 0;
        while (next < slots.Count)
        {
            var sent = LibC.SendMessages(_descriptor, slots.Headers + next, (uint)(slots.Count - next), 0);
            if (sent <= 0 && Marshal.GetLastSystemError() != LibC.ErrorInterrupted)
            {
                failed++;
                next++;
            }

            next += Math.Max(0, sent);
        }

        var taken = slots.Count - failed;
        SendFailures += failed;
        slots.Count = 0;
        return taken;
    }

    /// <summary>Waits for datagrams and takes what is there.</summary>
    /// <returns>How many slots are filled; 0 when nothing came in time.</returns>
    public int Receive(DatagramSlots slots, TimeSpan limit)
    {
        var poll = new PollEntry { Descriptor = _descriptor, Wanted = LibC.PollReadable };
        slots.PrepareToReceive();
        if (LibC.Poll(&poll, 1, (int)limit.TotalMilliseconds) <= 0)
        {
            return 0;
        }

        var count = LibC.ReceiveMessages(_descriptor, slots.Headers, (uint)slots.Capacity, LibC.FlagDontWait, null);
        return slots.Count = Math.Max(0, count);
    }

    /// <summary>From now on the kernel drops whatever comes, before it wakes anybody.</summary>
    public void DropEverything()
    {
        var keepNothing = new FilterInstruction { Code = 0x06 };
        var program = new FilterProgram { Length = 1, Instructions = &keepNothing };
        Check(
            LibC.SetSocketOption(_descriptor, LibC.LevelSocket, KernelOptions.AttachFilter, &program, (uint)sizeof(FilterProgram)),
            "filter");
    }

    /// <summary>Ends <see cref="DropEverything"/>.</summary>
    public void KeepEverything() => Set(LibC.LevelSocket, KernelOptions.DetachFilter, 0);

    /// <inheritdoc />
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _ = LibC.Close(_descriptor);
        }
    }

    private void Set(int level, int option, int value) =>
        Check(LibC.SetSocketOption(_descriptor, level, option, &value, sizeof(int)), $"option {option}");

    private static void Check(int result, string what)
    {
        if (result < 0)
        {
            throw new IOException($"UDP socket of the users: {what}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastSystemError())}.");
        }
    }
}
