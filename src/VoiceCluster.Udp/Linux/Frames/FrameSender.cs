using System.Runtime.InteropServices;

namespace VoiceCluster.Udp.Linux.Frames;

/// <summary>Hands datagrams to the network device as whole frames, past the kernel's UDP and IP. For the thread that sends.</summary>
internal sealed unsafe class FrameSender : IDisposable
{
    // What the kernel makes of the type of service of expedited forwarding.
    private const int PriorityInteractive = 6;

    // Now and then one goes by the socket, or the kernel would take the machine that is next for unused and not look whether it is still there.
    private const int FramesPerDatagram = 251;

    private readonly LinkLayer _linkLayer;
    private readonly int _socket;
    private readonly Ipv4Endpoint _local;
    private readonly byte _typeOfService;
    private readonly DatagramSocketCounters _counters;
    private readonly SendLoop.SendFrom _sendDatagrams;
    private readonly SendLoop.SendFrom _sendFrames;
    private readonly SocketHandle _handle;
    private FrameMessages? _frames;
    private MessageHeader[] _datagrams = [];
    private int _untilDatagram = FramesPerDatagram;
    private uint _socketsDestination;

    /// <summary>Opens a socket for frames.</summary>
    /// <param name="linkLayer">Knows the way.</param>
    /// <param name="options">Of the UDP socket.</param>
    /// <param name="local">What the UDP socket is bound to.</param>
    /// <param name="counters">Of the UDP socket.</param>
    /// <param name="socket">The UDP socket's descriptor, for all that cannot go as a frame.</param>
    /// <exception cref="IOException">The system does not let this process send frames.</exception>
    public FrameSender(LinkLayer linkLayer, DatagramSocketOptions options, Ipv4Endpoint local, DatagramSocketCounters counters, int socket)
    {
        _linkLayer = linkLayer;
        _local = local;
        _typeOfService = (byte)(options.Dscp << 2);
        _counters = counters;
        _socket = socket;
        _sendDatagrams = SendDatagrams;
        _sendFrames = SendFrames;
        _handle = FrameSocket.Open(options.SendBufferBytes, options.Dscp == 0 ? 0 : PriorityInteractive);
        Rehearse();
    }

    /// <summary>Sends a batch, as frames whatever can go so and the rest by the UDP socket.</summary>
    /// <returns>False if nothing can go as a frame now, and nothing was sent.</returns>
    public bool TrySend(SendBatch batch)
    {
        if (_linkLayer.Table is not { } table)
        {
            return false;
        }

        var (frames, datagrams) = Sort(batch, table);
        SendLoop.Run(frames, _sendFrames, _counters);
        SendLoop.Run(datagrams, _sendDatagrams, _counters);
        return true;
    }

    public void Dispose()
    {
        _handle.Dispose();
        _frames?.Dispose();
    }

    // The runtime compiles a method when it is called first: better now than while a user's packet waits.
    private void Rehearse()
    {
        var table = new NextHopTable();
        var device = new NetworkDevice(0, new byte[SocketAddressLink.EthernetAddressLength], ushort.MaxValue);
        table.TryAdd(destination: 1, new NextHop(new NextHopKey(device.Number, 1, _local.Address), device.Address.Span, device));
        using var batch = new SendBatch();
        batch.Commit(1, new Ipv4Endpoint(1, 1));
        Sort(batch, table);
    }

    private (int Frames, int Datagrams) Sort(SendBatch batch, NextHopTable table)
    {
        var frames = Prepare(batch.Capacity);
        var datagrams = 0;
        _socketsDestination = 0;
        for (var i = 0; i < batch.Count; i++)
        {
            if (FindHop(table, batch, i) is { } hop)
            {
                Write(batch, i, hop, frames);
            }
            else
            {
                _datagrams[datagrams++] = batch.Headers[i];
            }
        }

        return (frames.Count, datagrams);
    }

    private FrameMessages Prepare(int capacity)
    {
        if (_frames is null || _frames.Capacity < capacity)
        {
            _frames?.Dispose();
            _frames = new FrameMessages(capacity);
            _datagrams = new MessageHeader[capacity];
        }

        _frames.Clear();
        return _frames;
    }

    private NextHop? FindHop(NextHopTable table, SendBatch batch, int index)
    {
        var destination = batch.Names[index].ToEndpoint();
        if (!table.TryFind(destination.Address, out var hop))
        {
            _linkLayer.Ask(destination.Address);
            return null;
        }

        return hop is not null
            && destination.Port != 0
            && (_local.Address == 0 || _local.Address == hop.Key.Source)
            && (int)batch.Vectors[index].Length + FrameHeader.PacketOverhead <= hop.MaximumBytes
            && !IsSocketsTurn(destination.Address)
            ? hop
            : null;
    }

    // What is behind it in the batch for the same receiver goes the same way: frames go out before datagrams, and would overtake it.
    private bool IsSocketsTurn(uint destination)
    {
        if (_socketsDestination != 0)
        {
            return destination == _socketsDestination;
        }

        if (--_untilDatagram > 0)
        {
            return false;
        }

        _untilDatagram = FramesPerDatagram;
        _socketsDestination = destination;
        return true;
    }

    private void Write(SendBatch batch, int index, NextHop hop, FrameMessages frames)
    {
        var length = FrameHeader.Length + (int)batch.Vectors[index].Length;
        var frame = batch.Slot(index) - FrameHeader.Length;
        FrameHeader.Write(new Span<byte>(frame, length), hop, _typeOfService, new Ipv4Endpoint(hop.Key.Source, _local.Port), batch.Names[index].ToEndpoint());
        frames.Add(frame, length, hop.Key.Device);
    }

    private int SendFrames(int first, int count)
    {
        var sent = Send(_handle.Descriptor, _frames!.Headers + first, count);
        if (sent > 0)
        {
            _counters.CountFramesSent(sent);
        }
        else if (-sent is not (LibC.ErrorInterrupted or LibC.ErrorTryAgain or LibC.ErrorNoBuffers))
        {
            // A device that is gone or down: what is known of it is no longer true.
            _linkLayer.Forget();
        }

        return sent;
    }

    private int SendDatagrams(int first, int count)
    {
        fixed (MessageHeader* headers = &_datagrams[first])
        {
            return Send(_socket, headers, count);
        }
    }

    private static int Send(int socket, MessageHeader* headers, int count)
    {
        var sent = LibC.SendMessages(socket, headers, (uint)count, LibC.FlagDontWait);
        return sent < 0 ? -Marshal.GetLastSystemError() : sent;
    }
}
