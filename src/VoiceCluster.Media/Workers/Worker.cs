using VoiceCluster.Domain.Media;
using VoiceCluster.Udp;

namespace VoiceCluster.Media.Workers;

/// <summary>Where a worker is in its life.</summary>
internal enum WorkerState
{
    /// <summary>Not started, or stopped on purpose.</summary>
    Stopped,

    Running,

    /// <summary>Its loop ended with an error; its sessions wait for it to be started again.</summary>
    Failed,
}

/// <summary>One packet loop: a thread, a socket, and nothing decided here. Start, stop and dispose are called under the plane's lock.</summary>
internal sealed class Worker(
    int index, MediaOptions options, TimeProvider time, Func<DatagramSocketOptions, IDatagramSocket> openSocket) : IDisposable
{
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(1);

    private readonly MediaOptions _options = options;
    private readonly Func<DatagramSocketOptions, IDatagramSocket> _openSocket = openSocket;
    private readonly WorkerClock _clock = new(time);
    private volatile IDatagramSocket? _socket;
    private Thread? _thread;
    private volatile WorkerState _state;
    private volatile SocketLosses _earlierSockets = new(0, 0, 0);
    private int _port = options.Port == 0 ? 0 : options.Port + index;

    public int Index { get; } = index;

    public WorkerInbox Inbox { get; } = new();

    public WorkerCounters Counters { get; } = new();

    public WorkerEdges Edges { get; } = new(options.EdgeQueueLength);

    public WorkerState State => _state;

    /// <summary>The port, which stays the same over restarts; 0 if any was asked for and none was bound yet.</summary>
    public int Port => Volatile.Read(ref _port);

    /// <summary>Whether the loop, or what is left of it, may still touch sessions.</summary>
    public bool IsThreadAlive => _thread is { IsAlive: true };

    /// <summary>Binds the port and starts the loop. A port that cannot be had is an edge, as any other failure is.</summary>
    public void Start()
    {
        if (_state == WorkerState.Running)
        {
            return;
        }

        Join();
        if (IsThreadAlive)
        {
            Edges.Tell(new MediaEdge.WorkerFailed(Index, "The loop before this one has not ended."));
            return;
        }

        IDatagramSocket socket;
        try
        {
            socket = _openSocket(SocketOptions());
        }
        catch (IOException exception)
        {
            Fail(exception);
            return;
        }

        Volatile.Write(ref _port, socket.LocalEndpoint.Port);
        _socket = socket;
        _state = WorkerState.Running;
        _thread = new Thread(() => Run(socket)) { IsBackground = true, Name = $"media-{Index}" };
        _thread.Start();
    }

    /// <summary>Ends the loop and closes the socket.</summary>
    public void Stop()
    {
        _state = WorkerState.Stopped;
        _socket?.Interrupt();
        Join();
    }

    public void Dispose()
    {
        Stop();
        Edges.Complete();
    }

    /// <summary>What this worker's sockets lost, over all restarts.</summary>
    public SocketLosses ReadLosses() => _socket is { Counters: var counters } ? _earlierSockets.With(counters) : _earlierSockets;

    private void Join()
    {
        if (_thread is { } thread && thread != Thread.CurrentThread && thread.Join(StopDeadline))
        {
            _thread = null;
        }
    }

    private void Run(IDatagramSocket socket)
    {
        try
        {
            using var processor = new PacketProcessor(Index, _options, socket, Inbox, Counters, Edges);
            using var batch = new ReceiveBatch(_options.BatchSize);
            Loop(socket, processor, batch);
        }
        catch (Exception exception)
        {
            // Whatever it was, only this worker's calls are hurt, and only until it is started again.
            Fail(exception);
        }
        finally
        {
            _earlierSockets = ReadLosses();
            _socket = null;
            socket.Dispose();
        }
    }

    private void Loop(IDatagramSocket socket, PacketProcessor processor, ReceiveBatch batch)
    {
        while (socket.Receive(batch) >= 0)
        {
            processor.Process(batch, _clock.Read());
            if (batch.Count > 0)
            {
                processor.CountResidence(batch, _clock.Read());
            }
        }
    }

    private void Fail(Exception exception)
    {
        _state = WorkerState.Failed;
        Edges.Tell(new MediaEdge.WorkerFailed(Index, $"{exception.GetType().Name}: {exception.Message}"));
    }

    private DatagramSocketOptions SocketOptions()
    {
        if (!Ipv4Endpoint.TryReadAddress(_options.ListenAddress, out var address))
        {
            throw new InvalidOperationException($"{nameof(MediaOptions.ListenAddress)} is not an IPv4 address.");
        }

        return new DatagramSocketOptions
        {
            Local = new Ipv4Endpoint(address, (ushort)_port),
            Dscp = _options.Dscp,
            ReceiveBufferBytes = _options.SocketBufferBytes,
            SendBufferBytes = _options.SocketBufferBytes,
        };
    }
}

/// <summary>What sockets lost.</summary>
internal sealed record SocketLosses(long SendFailures, long SendBufferFull, long ReceiveOverflows)
{
    public SocketLosses With(DatagramSocketCounters counters) => new(
        SendFailures + counters.SendFailures,
        SendBufferFull + counters.SendBufferFull,
        ReceiveOverflows + counters.ReceiveOverflows);
}
