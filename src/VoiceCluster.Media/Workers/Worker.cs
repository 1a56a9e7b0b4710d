using System.Net;
using System.Runtime.CompilerServices;
using VoiceCluster.Domain.Media;
using VoiceCluster.Media.Relay;
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

/// <summary>One packet loop: a thread, a socket, and nothing decided here.</summary>
/// <remarks>
/// Starting and stopping may wait for a loop that is just ending, so no lock of others may be held meanwhile. Everything else may be read from any thread.
/// A loop that fails leaves its socket open: what arrives until the next one begins waits in it.
/// </remarks>
internal sealed class Worker(
    int index, MediaOptions options, TimeProvider time, OpenDatagramSocket openSocket) : IDisposable
{
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(1);

    /// <summary>A loop goes round ten times a second at least, unless something holds it up.</summary>
    private static readonly TimeSpan StuckAfter = TimeSpan.FromSeconds(2);

    /// <summary>
    /// In overload much of what is taken in is shed. The more is taken in at once, the more is left of each channel that goes out together, and the more gets through.
    /// </summary>
    private const int ReceivesPerSend = 4;

    private static readonly TimeSpan Pulse = TimeSpan.FromMilliseconds(100);

    /// <summary>Where two sockets cannot be waited for together, the second is looked at so often.</summary>
    private static readonly TimeSpan ShortPulse = TimeSpan.FromMilliseconds(1);

    private readonly MediaOptions _options = options;
    private readonly OpenDatagramSocket _openSocket = openSocket;
    private readonly WorkerClock _clock = new(time);
    private readonly Lock _starting = new();
    private readonly LoopMeter _load = new();
    private readonly LoopRounds _rounds = new();
    private readonly RoundPace _pace = new(options.RoundInterval);
    private volatile SocketInUse _socket = new(null, SocketTotals.None);
    private volatile Thread? _thread;
    private volatile WorkerState _state;
    private volatile ThreadSetup? _threadSetup;
    private bool _disposed;
    private int _port = options.Port == 0 ? 0 : options.Port + index;
    private int _relayPort = options.Relay is { Port: > 0 } relay ? relay.Port + index : 0;
    private volatile IDatagramSocket? _relaySocket;

    public int Index { get; } = index;

    public WorkerInbox Inbox { get; } = new(options.MaximumSessionsPerWorker, options.Relay is { } relayOptions ? new RelayLinks(relayOptions) : null);

    public WorkerCounters Counters { get; } = new();

    public WorkerEdges Edges { get; } = new(options.EdgeQueueLength);

    public WorkerState State => _state;

    /// <summary>The port, which stays the same over restarts; 0 if any was asked for and none was bound yet.</summary>
    public int Port => Volatile.Read(ref _port);

    /// <summary>The port for media of other workers; 0 without one, or before it was bound.</summary>
    public int RelayPort => Volatile.Read(ref _relayPort);

    /// <summary>How busy the loop is.</summary>
    public LoopLoad Load => _load.Read();

    /// <summary>Whether the loop runs but has not gone round for seconds: something holds its thread.</summary>
    /// <remarks>A thread hangs in the machine's time, whatever clock the node goes by. Who asks must ask again: the first answer only begins the wait.</remarks>
    public bool IsStuck => _state == WorkerState.Running && _rounds.HaveStoodStill(StuckAfter);

    /// <summary>What the system granted the last loop's thread and socket; null before there was one.</summary>
    public ThreadSetup? ThreadSetup => _threadSetup;

    /// <summary>What the kernel granted the socket for datagrams that wait; 0 without a socket.</summary>
    public int ReceiveBufferBytes => _socket.Socket?.ReceiveBufferBytes ?? 0;

    /// <summary>Whether the loop, or what is left of it, may still touch sessions.</summary>
    public bool IsThreadAlive => _thread is { IsAlive: true };

    /// <summary>Binds the port and starts the loop. A port that cannot be had is an edge, as any other failure is.</summary>
    public void Start()
    {
        lock (_starting)
        {
            if (_disposed || _state == WorkerState.Running)
            {
                return;
            }

            Join();
            if (IsThreadAlive)
            {
                Edges.Tell(new MediaEdge.WorkerFailed(Index, "The loop before this one has not ended."));
            }
            else if (TryGetSocket() is { } socket)
            {
                Start(socket);
            }
        }
    }

    /// <summary>Ends the loop and closes the socket.</summary>
    public void Stop()
    {
        lock (_starting)
        {
            _state = WorkerState.Stopped;
            _socket.Socket?.Interrupt();
            Join();
            if (!IsThreadAlive)
            {
                Release();
            }
        }
    }

    /// <summary>Does something that only a loop may do, or nobody while there is none. Nothing happens while one is being started or stopped.</summary>
    public void DoWhileIdle(Action action)
    {
        if (!_starting.TryEnter())
        {
            return;
        }

        try
        {
            if (_state != WorkerState.Running && !IsThreadAlive)
            {
                action();
            }
        }
        finally
        {
            _starting.Exit();
        }
    }

    public void Dispose()
    {
        lock (_starting)
        {
            _disposed = true;
            Stop();
        }

        Edges.Complete();
    }

    /// <summary>What this worker's sockets counted, over all restarts.</summary>
    public SocketTotals ReadSocketTotals() => _socket.ReadTotals();

    private void Join()
    {
        if (_thread is { } thread && thread != Thread.CurrentThread && thread.Join(StopDeadline))
        {
            _thread = null;
        }
    }

    private IDatagramSocket? TryGetSocket()
    {
        if (_socket.Socket is { } kept)
        {
            return kept;
        }

        try
        {
            var socket = _openSocket(MainSocketOptions());
            Volatile.Write(ref _port, socket.LocalEndpoint.Port);
            _socket = _socket with { Socket = socket };
            OpenRelay();
            return socket;
        }
        catch (IOException exception)
        {
            Release();
            Fail(exception);
            return null;
        }
    }

    private void OpenRelay()
    {
        if (_options.Relay is { } relay)
        {
            _relaySocket = _openSocket(SocketOptions(relay.ListenAddress, _relayPort) with { ReceiveTimeout = CanPoll ? ShortPulse : TimeSpan.Zero });
            Volatile.Write(ref _relayPort, _relaySocket.LocalEndpoint.Port);
        }
    }

    private void Start(IDatagramSocket socket)
    {
        // Not disposed: the loop may set it late, and it holds nothing as long as it is only waited on by Wait.
        var begun = new ManualResetEventSlim();
        var thread = new Thread(() => Run(socket, begun)) { IsBackground = true, Name = $"media-{Index}" };
        _state = WorkerState.Running;
        _thread = thread;
        thread.Start();
        begun.Wait(StartDeadline);
    }

    private void Run(IDatagramSocket socket, ManualResetEventSlim begun)
    {
        try
        {
            var relay = _relaySocket;
            using var processor = new PacketProcessor(Index, _options, socket, Inbox, Counters, Edges, _clock.Read, relay);
            using var batch = new ReceiveBatch(_options.BatchSize * ReceivesPerSend);
            _threadSetup = ThreadSetup.Apply(_options, Index);
            _load.Begin(_clock.Read().Now, PacketThread.ReadProcessorTime(), Counters.PacketsIn + Counters.PacketsOut);
            begun.Set();
            if (relay is null)
            {
                Loop(socket, processor, batch);
            }
            else
            {
                using var relayed = new ReceiveBatch(_options.BatchSize * ReceivesPerSend);
                Loop(new DatagramSocketPair(socket, relay, Pulse), processor, batch, relayed);
            }

            Release();
        }
        catch (Exception exception)
        {
            // Whatever it was, only this worker's calls are hurt, and only until it is started again.
            if (exception is IOException)
            {
                Release();
            }

            Fail(exception);
        }
        finally
        {
            begun.Set();
        }
    }

    // Compiled well at once: it is called once and never returns, so the runtime would have no occasion to do it later.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Loop(IDatagramSocket socket, PacketProcessor processor, ReceiveBatch batch)
    {
        var rested = TimeSpan.Zero;
        while (socket.Receive(batch) >= 0)
        {
            rested = Process(processor, batch, relayed: null, rested);
        }
    }

    // The same with a second socket, for media of other workers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Loop(DatagramSocketPair sockets, PacketProcessor processor, ReceiveBatch batch, ReceiveBatch relayed)
    {
        var rested = TimeSpan.Zero;
        while (sockets.Receive(batch, relayed) >= 0)
        {
            rested = Process(processor, batch, relayed, rested);
        }
    }

    /// <returns>How long the loop has rested since.</returns>
    private TimeSpan Process(PacketProcessor processor, ReceiveBatch batch, ReceiveBatch? relayed, TimeSpan rested)
    {
        _rounds.Count();
        var began = _clock.Read();
        var oldest = processor.Process(batch, began, relayed, rested);
        var ended = batch.Count > 0 || relayed is { Count: > 0 } ? _clock.Read() : began;
        processor.CountResidence(batch, ended);
        if (relayed is not null)
        {
            processor.CountResidence(relayed, ended);
        }

        _load.CountBatch(began.Now, ended.Now, oldest, processor.IsOverloaded);
        if (_load.IsDue(ended.Now))
        {
            _load.Measure(ended.Now, PacketThread.ReadProcessorTime(), Counters.PacketsIn + Counters.PacketsOut);
        }

        var rest = _pace.RestAfter(began.Now, ended.Now, batch, relayed);
        if (rest > TimeSpan.Zero)
        {
            PacketThread.Rest(rest);
        }

        return rest;
    }

    private void Release()
    {
        var socket = _socket.Socket;
        _socket = new SocketInUse(null, _socket.ReadTotals());
        socket?.Dispose();
        _relaySocket?.Dispose();
        _relaySocket = null;
    }

    private void Fail(Exception exception)
    {
        _state = WorkerState.Failed;
        Edges.Tell(new MediaEdge.WorkerFailed(Index, $"{exception.GetType().Name}: {exception.Message}"));
    }

    private bool CanPoll => DatagramSocketPair.IsPollSupported && _options.Sockets != DatagramSocketKind.Portable;

    private DatagramSocketOptions MainSocketOptions()
    {
        var wanted = SocketOptions(_options.ListenAddress, _port);
        return _options.Relay is null || CanPoll ? wanted : wanted with { ReceiveTimeout = ShortPulse };
    }

    private DatagramSocketOptions SocketOptions(IPAddress listen, int port)
    {
        if (!Ipv4Endpoint.TryReadAddress(listen, out var address))
        {
            throw new InvalidOperationException($"{listen} is not an IPv4 address.");
        }

        return new DatagramSocketOptions
        {
            Local = new Ipv4Endpoint(address, (ushort)port),
            Dscp = _options.Dscp,
            ReceiveBufferBytes = _options.SocketBufferBytes,
            SendBufferBytes = _options.SocketBufferBytes,
        };
    }

    /// <summary>A socket, and what those before it counted; replaced as a whole.</summary>
    private sealed record SocketInUse(IDatagramSocket? Socket, SocketTotals Earlier)
    {
        public SocketTotals ReadTotals() => Socket is null ? Earlier : Earlier.With(Socket.Counters);
    }
}

/// <summary>How sockets sent and what they lost.</summary>
internal sealed record SocketTotals(
    long FramesSent, long GroupedSent, long SendFailures, long SendUnreachable, long SendBufferFull, long ReceiveFailures, long ReceiveOverflows)
{
    public static SocketTotals None { get; } = new(0, 0, 0, 0, 0, 0, 0);

    public SocketTotals With(DatagramSocketCounters counters) => new(
        FramesSent + counters.FramesSent,
        GroupedSent + counters.GroupedSent,
        SendFailures + counters.SendFailures,
        SendUnreachable + counters.SendUnreachable,
        SendBufferFull + counters.SendBufferFull,
        ReceiveFailures + counters.ReceiveFailures,
        ReceiveOverflows + counters.ReceiveOverflows);
}
