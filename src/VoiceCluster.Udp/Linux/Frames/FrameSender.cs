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
    private readonly DatagramSender _datagrams;
    private readonly Ipv4Endpoint _local;
    private readonly byte _typeOfService;
    private readonly DatagramSocketCounters _counters;
    private readonly SendLoop.SendFrom _sendFrames;
    private readonly SocketHandle _handle;
    private FrameMessages? _frames;
    private int _untilDatagram = FramesPerDatagram;
    private ulong _receiversBySocket;

    /// <summary>Opens a socket for frames.</summary>
    /// <param name="linkLayer">Knows the way.</param>
    /// <param name="options">Of the UDP socket.</param>
    /// <param name="local">What the UDP socket is bound to.</param>
    /// <param name="counters">Of the UDP socket.</param>
    /// <param name="datagrams">Sends by the UDP socket, for all that does not go as a frame; it stays the caller's.</param>
    /// <exception cref="IOException">The system does not let this process send frames.</exception>
    public FrameSender(LinkLayer linkLayer, DatagramSocketOptions options, Ipv4Endpoint local, DatagramSocketCounters counters, DatagramSender datagrams)
    {
        _linkLayer = linkLayer;
        _local = local;
        _typeOfService = (byte)(options.Dscp << 2);
        _counters = counters;
        _datagrams = datagrams;
        _sendFrames = SendFrames;
        _handle = FrameSocket.Open(options.SendBufferBytes, options.Dscp == 0 ? 0 : PriorityInteractive);
        Rehearse();
    }

    /// <summary>Sends a batch, as frames whatever can go so and the rest by the UDP socket, as do runs for one receiver, which cost less there.</summary>
    /// <returns>False if nothing can go as a frame now, and nothing was sent.</returns>
    public bool TrySend(SendBatch batch)
    {
        if (_linkLayer.Table is not { } table)
        {
            return false;
        }

        SendLoop.Run(Sort(batch, table), _sendFrames, _counters);
        _datagrams.SendAdded();
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
        batch.Commit(1, new Ipv4Endpoint(2, 1));
        batch.Commit(1, new Ipv4Endpoint(2, 1));
        Sort(batch, table);
    }

    /// <returns>How many go as frames.</returns>
    private int Sort(SendBatch batch, NextHopTable table)
    {
        var frames = Prepare(batch.Capacity);
        var looksForGroups = _datagrams.LooksForGroups(batch);
        _datagrams.Begin(batch);
        _receiversBySocket = 0;
        for (var i = 0; i < batch.Count;)
        {
            var datagrams = looksForGroups ? DatagramGroup.Measure(batch, i) : 1;
            if (datagrams == 1 && FindHop(table, batch, i) is { } hop)
            {
                Write(batch, i, hop, frames);
            }
            else
            {
                _receiversBySocket |= datagrams > 1 ? Mark(batch.Names[i]) : 0;
                _datagrams.Add(i, datagrams);
            }

            i += datagrams;
        }

        return frames.Count;
    }

    private FrameMessages Prepare(int capacity)
    {
        if (_frames is null || _frames.Capacity < capacity)
        {
            _frames?.Dispose();
            _frames = new FrameMessages(capacity);
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
            && !IsSocketsTurn(Mark(batch.Names[index]))
            ? hop
            : null;
    }

    // What is behind it in the batch for the same receiver goes the same way: frames go out before datagrams, and would overtake it.
    private bool IsSocketsTurn(ulong receiver)
    {
        if ((_receiversBySocket & receiver) != 0)
        {
            return true;
        }

        if (--_untilDatagram > 0)
        {
            return false;
        }

        _untilDatagram = FramesPerDatagram;
        _receiversBySocket |= receiver;
        return true;
    }

    // One bit of 64. Those who happen to have the same one go by the socket more often than they need, and that is all.
    private static ulong Mark(SocketAddressIn name) => 1UL << (int)((name.Receiver * 0x9E37_79B9_7F4A_7C15) >> 58);

    private void Write(SendBatch batch, int index, NextHop hop, FrameMessages frames)
    {
        var length = FrameHeader.Length + (int)batch.Vectors[index].Length;
        var frame = batch.Slot(index) - FrameHeader.Length;
        FrameHeader.Write(new Span<byte>(frame, length), hop, _typeOfService, new Ipv4Endpoint(hop.Key.Source, _local.Port), batch.Names[index].ToEndpoint());
        frames.Add(frame, length, hop.Key.Device);
    }

    private int SendFrames(int first, int count)
    {
        var sent = LibC.SendMessages(_handle.Descriptor, _frames!.Headers + first, (uint)count, LibC.FlagDontWait);
        if (sent > 0)
        {
            _counters.CountFramesSent(sent);
            return sent;
        }

        var error = Marshal.GetLastSystemError();
        if (error is not (LibC.ErrorInterrupted or LibC.ErrorTryAgain or LibC.ErrorNoBuffers))
        {
            // A device that is gone or down: what is known of it is no longer true.
            _linkLayer.Forget();
        }

        return -error;
    }
}
