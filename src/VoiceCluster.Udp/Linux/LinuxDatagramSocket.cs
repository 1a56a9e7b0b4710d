using System.Runtime.InteropServices;
using VoiceCluster.Udp.Linux.Frames;

namespace VoiceCluster.Udp.Linux;

/// <summary>Moves batches with recvmmsg and sendmmsg; the kernel reads and writes the slots where they lie.</summary>
internal sealed unsafe class LinuxDatagramSocket : IDatagramSocket
{
    private readonly SocketHandle _handle;
    private readonly int _descriptor;
    private readonly DatagramSender _datagrams;
    private readonly FrameSender? _frames;
    private volatile bool _interrupted;

    public LinuxDatagramSocket(DatagramSocketOptions options, LinkLayer? linkLayer = null)
    {
        if (!IsSupported)
        {
            throw new PlatformNotSupportedException("Batched datagram sockets need 64-bit Linux.");
        }

        _descriptor = LibC.Socket(LibC.AddressFamilyInet, LibC.SocketDatagramCloseOnExec, 0);
        _handle = new SocketHandle(_descriptor);
        try
        {
            Check(_descriptor, "socket");
            Configure(options);
            LocalEndpoint = Bind(options.Local);
            _datagrams = new DatagramSender(_descriptor, Counters);
            _frames = linkLayer is { IsPossible: true } ? new FrameSender(linkLayer, options, LocalEndpoint, Counters, _datagrams) : null;
        }
        catch
        {
            _handle.Dispose();
            throw;
        }
    }

    public static bool IsSupported => OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    public Ipv4Endpoint LocalEndpoint { get; }

    public int ReceiveBufferBytes { get; private set; }

    public DatagramSocketCounters Counters { get; } = new();

    public int PollDescriptor => _descriptor;

    internal int Descriptor => _descriptor;

    public int Receive(ReceiveBatch batch)
    {
        batch.Clear();
        if (_interrupted)
        {
            return -1;
        }

        Prepare(batch);
        var count = LibC.ReceiveMessages(_descriptor, batch.Headers, (uint)batch.Capacity, LibC.FlagWaitForOne, null);
        var error = count < 0 ? Marshal.GetLastSystemError() : 0;
        if (_interrupted)
        {
            return -1;
        }

        if (count < 0)
        {
            CountReceiveError(error);
            return 0;
        }

        Counters.CountReceiveSuccess();
        batch.UsedHeaders = count;
        for (var i = 0; i < count; i++)
        {
            batch.Set(i, Describe(batch, i));
        }

        batch.Count = count;
        return count;
    }

    public void Send(SendBatch batch)
    {
        if (_frames is null || !_frames.TrySend(batch))
        {
            _datagrams.Send(batch);
        }

        batch.Clear();
    }

    public void Interrupt()
    {
        _interrupted = true;
        _handle.Shutdown();
    }

    public void Dispose()
    {
        _interrupted = true;
        _handle.Dispose();
        _frames?.Dispose();
        _datagrams.Dispose();
    }

    // The kernel overwrites both lengths with what it used, in those headers that it filled.
    private static void Prepare(ReceiveBatch batch)
    {
        for (var i = 0; i < batch.UsedHeaders; i++)
        {
            batch.Headers[i].NameLength = (uint)sizeof(SocketAddressIn);
            batch.Headers[i].ControlLength = ReceiveBatch.ControlSize;
        }

        batch.UsedHeaders = 0;
    }

    private void CountReceiveError(int error)
    {
        if (error is not (LibC.ErrorTryAgain or LibC.ErrorInterrupted))
        {
            Counters.CountReceiveFailure(Marshal.GetPInvokeErrorMessage(error));
        }
        else
        {
            Counters.CountReceiveSuccess();
        }
    }

    private DatagramInfo Describe(ReceiveBatch batch, int index)
    {
        var header = batch.Headers + index;
        return new DatagramInfo(
            (int)header->Length,
            batch.Names[index].ToEndpoint(),
            ReadControl(header),
            (header->Flags & LibC.FlagTruncated) != 0);
    }

    private long ReadControl(MessageHeader* header)
    {
        var receivedAt = 0L;
        var offset = 0;
        var length = (int)header->ControlLength;
        while (offset + sizeof(ControlHeader) <= length)
        {
            var control = (ControlHeader*)(header->Control + offset);
            var data = header->Control + offset + sizeof(ControlHeader);
            if (control->Level == LibC.LevelSocket && control->Type == LibC.OptionTimestampNanoseconds)
            {
                var time = (KernelTime*)data;
                receivedAt = (time->Seconds * 1_000_000_000) + time->Fraction;
            }
            else if (control->Level == LibC.LevelSocket && control->Type == LibC.OptionReceiveQueueOverflow)
            {
                Counters.AdvanceReceiveOverflows(*(uint*)data);
            }

            offset += Math.Max(sizeof(ControlHeader), ((int)control->Length + 7) & ~7);
        }

        return receivedAt;
    }

    private void Configure(DatagramSocketOptions options)
    {
        var microseconds = (long)options.ReceiveTimeout.TotalMicroseconds;
        var timeout = new KernelTime { Seconds = microseconds / 1_000_000, Fraction = microseconds % 1_000_000 };
        Check(
            LibC.SetSocketOption(_descriptor, LibC.LevelSocket, LibC.OptionReceiveTimeout, &timeout, (uint)sizeof(KernelTime)),
            "receive timeout");
        ReceiveBufferBytes = GrowReceiveBuffer(options.ReceiveBufferBytes);
        Set(LibC.LevelSocket, LibC.OptionSendBuffer, options.SendBufferBytes, "send buffer");
        Set(LibC.LevelSocket, LibC.OptionTimestampNanoseconds, 1, "timestamps");
        Set(LibC.LevelSocket, LibC.OptionReceiveQueueOverflow, 1, "overflow counter");
        Set(LibC.LevelIp, LibC.OptionTypeOfService, options.Dscp << 2, "type of service");

        // Never fragmented, so no number to put fragments together by has to be drawn from a table that all destinations share: with thousands of
        // them that table costs a cache miss for each datagram, a fifteenth of all. Nor does anybody shorten media with forged ICMP.
        Set(LibC.LevelIp, LibC.OptionPathMtuDiscovery, LibC.PathMtuProbe, "path MTU discovery");
    }

    // A limit of the system cuts the request silently; a process with the right to administer the network may pass it.
    private int GrowReceiveBuffer(int wanted)
    {
        Set(LibC.LevelSocket, LibC.OptionReceiveBuffer, wanted, "receive buffer");
        var granted = ReadReceiveBuffer();
        if (granted < wanted && LibC.SetSocketOption(_descriptor, LibC.LevelSocket, LibC.OptionReceiveBufferForce, &wanted, sizeof(int)) == 0)
        {
            granted = ReadReceiveBuffer();
        }

        return granted;
    }

    // The kernel doubles what is asked for, to make up for its own bookkeeping, and says the doubled number.
    private int ReadReceiveBuffer()
    {
        var doubled = 0;
        var length = (uint)sizeof(int);
        Check(LibC.GetSocketOption(_descriptor, LibC.LevelSocket, LibC.OptionReceiveBuffer, &doubled, &length), "receive buffer");
        return doubled / 2;
    }

    private void Set(int level, int option, int value, string what) =>
        Check(LibC.SetSocketOption(_descriptor, level, option, &value, sizeof(int)), what);

    private Ipv4Endpoint Bind(Ipv4Endpoint local)
    {
        var address = SocketAddressIn.From(local);
        var length = (uint)sizeof(SocketAddressIn);
        Check(LibC.Bind(_descriptor, &address, length), $"bind to {local}");
        Check(LibC.GetSocketName(_descriptor, &address, &length), "local address");
        return address.ToEndpoint();
    }

    private static void Check(int result, string what)
    {
        if (result < 0)
        {
            var error = Marshal.GetLastSystemError();
            throw new IOException($"UDP socket: {what}: {Marshal.GetPInvokeErrorMessage(error)}.");
        }
    }
}
