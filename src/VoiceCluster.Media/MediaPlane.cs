using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Threading.Channels;
using VoiceCluster.Crypto;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Domain.Placement;
using VoiceCluster.Media.Control;
using VoiceCluster.Media.Relay;
using VoiceCluster.Media.Sessions;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Udp;

namespace VoiceCluster.Media;

/// <summary>The media side of a node, in the node's own process: a handful of packet loops and the tables that they forward by.</summary>
/// <remarks>
/// A call changes a table or a field that the loops read at their next batch. Starting and stopping a worker may wait a second for its loop; no other call waits for
/// any, nor for these two.
/// Workers are started by <see cref="StartWorker"/>, not by the constructor.
/// </remarks>
public sealed class MediaPlane : IMediaPlane, IAsyncDisposable
{
    private const int MaximumConfirmedAddresses = 4;

    private static readonly PlacementOptions Placement = new();

    private readonly MediaOptions _options;
    private readonly TimeProvider _time;
    private readonly long _startedAt;
    private readonly Lock _lock = new();
    private readonly ImmutableArray<Place> _places;
    private readonly Dictionary<MediaSessionId, (MediaSession Session, Place Place)> _sessions = [];
    private readonly NodeIncarnation _node;
    private bool _disposed;

    /// <summary>Prepares the workers without opening a socket.</summary>
    /// <param name="node">Whose they are.</param>
    /// <param name="options">Settings.</param>
    /// <param name="time">The clock; the system's by default.</param>
    /// <param name="openSocket">Opens their sockets; those of <see cref="MediaOptions.Sockets"/> by default.</param>
    /// <exception cref="ArgumentException">The options do not fit together; the message names every problem.</exception>
    public MediaPlane(NodeIncarnation node, MediaOptions options, TimeProvider? time = null, OpenDatagramSocket? openSocket = null)
    {
        var problems = options.FindProblems();
        if (!problems.IsEmpty)
        {
            throw new ArgumentException(string.Join(' ', problems), nameof(options));
        }

        _node = node;
        _options = options;
        _time = time ?? TimeProvider.System;
        _startedAt = _time.GetTimestamp();
        Modes = [.. options.Modes.Where(TransportCiphers.IsAvailable).Distinct()];
        openSocket ??= socket => DatagramSockets.Open(socket, options.Sockets);
        _places = [.. Enumerable.Range(0, options.Workers).Select(index => new Place(new Worker(index, options, _time, openSocket), options))];
        foreach (var place in _places)
        {
            place.Worker.Inbox.Siblings = [.. _places.Where(other => other != place).Select(other => other.Worker.Inbox)];
        }
    }

    /// <inheritdoc />
    public ImmutableArray<TransportEncryptionMode> Modes { get; }

    /// <inheritdoc />
    public ImmutableArray<MediaWorkerStatus> Workers
    {
        get
        {
            lock (_lock)
            {
                return [.. _places.Select(Describe)];
            }
        }
    }

    /// <inheritdoc />
    public bool TryOpenSession(OpenMediaSession request, [NotNullWhen(true)] out MediaSessionOffer? offer)
    {
        lock (_lock)
        {
            offer = null;
            if (ChoosePlace(request.Channel) is not { } place
                || place.Sessions.Open(NewSessionId(), request, Now()) is not { } session)
            {
                return false;
            }

            place.CountOpened(Now());
            _sessions.Add(session.Id, (session, place));
            offer = new MediaSessionOffer(
                session.Id, IdOf(place), _options.AdvertisedAddress, place.Worker.Port, session.Sources.First);
            return true;
        }
    }

    /// <inheritdoc />
    public bool TryReplaceSources(MediaSessionId session, out Ssrc ssrc)
    {
        lock (_lock)
        {
            ssrc = default;
            return _sessions.TryGetValue(session, out var found) && found.Place.Sessions.TryReplaceSources(found.Session, Now(), out ssrc);
        }
    }

    /// <inheritdoc />
    public int ConfigureTransport(MediaSessionId session, MediaTransport transport)
    {
        lock (_lock)
        {
            return _sessions.TryGetValue(session, out var found) ? found.Place.Sessions.Configure(found.Session, transport) : 0;
        }
    }

    /// <inheritdoc />
    public void SetCodecs(MediaSessionId session, ImmutableArray<MediaCodec> codecs) => Change(session, (found, place) => place.Sessions.SetCodecs(found, codecs));

    /// <inheritdoc />
    public void ConfirmAddress(MediaSessionId session, IPAddress address)
    {
        if (Ipv4Endpoint.TryReadAddress(address, out var value) && value != 0)
        {
            Change(session, (found, _) => found.ConfirmedAddresses = WithAddress(found.ConfirmedAddresses, value));
        }
    }

    /// <inheritdoc />
    public void EnableSending(MediaSessionId session, int key) => Change(session, (found, place) => place.Sessions.Enable(found, key));

    /// <inheritdoc />
    public void SetSinkWants(MediaSessionId session, int any, ImmutableDictionary<Ssrc, int> bySource) =>
        Change(session, (found, place) => place.Sessions.SetWants(found, SinkWants.From(any, bySource)));

    /// <inheritdoc />
    public void CloseSession(MediaSessionId session) => Change(session, (found, place) =>
    {
        _sessions.Remove(session);
        place.Sessions.Close(found, Now());
        place.FreeIfIdle();
    });

    /// <inheritdoc />
    public void Publish(ForwardingPlan plan)
    {
        lock (_lock)
        {
            if (plan.Worker.Node.Node == _node.Node && (uint)plan.Worker.Index < (uint)_places.Length)
            {
                _places[plan.Worker.Index].Sessions.Obey(plan);
            }
            else
            {
                _places[0].Sessions.CountRefusedPlan();
            }
        }
    }

    /// <inheritdoc />
    public void ConfirmPlans(int worker) => _places[worker].Worker.Inbox.ConfirmPlans();

    /// <inheritdoc />
    public ChannelReader<MediaEdge> Edges(int worker) => _places[worker].Worker.Edges.Reader;

    /// <inheritdoc />
    public void StartWorker(int worker) => _places[worker].Worker.Start();

    /// <inheritdoc />
    public void StopWorker(int worker)
    {
        _places[worker].Worker.Stop();
        _places[worker].FreeIfIdle();
    }

    /// <summary>What the system granted each worker's thread; null for one that never ran.</summary>
    public ImmutableArray<ThreadSetup?> ReadThreadSetups() => [.. _places.Select(place => place.Worker.ThreadSetup)];

    /// <summary>Bytes of datagrams that each worker's socket may hold before it drops more; 0 for one without a socket.</summary>
    public ImmutableArray<int> ReadReceiveBuffers() => [.. _places.Select(place => place.Worker.ReceiveBufferBytes)];

    /// <summary>The port on which each worker takes media of others; 0 for one that has none yet.</summary>
    public ImmutableArray<int> ReadRelayPorts() => [.. _places.Select(place => place.Worker.RelayPort)];

    /// <summary>Copies the counts of every worker's links to others.</summary>
    public ImmutableArray<ImmutableArray<RelayLinkStatistics>> ReadRelayLinks() =>
        [.. _places.Select(place => place.Worker.Inbox.Links?.Read() ?? [])];

    /// <summary>Looks again where other workers take media; to be called when members of the cluster came or changed.</summary>
    public void LocateRelays()
    {
        lock (_lock)
        {
            foreach (var place in _places)
            {
                place.Worker.Inbox.Links?.Locate();
            }
        }
    }

    /// <summary>
    /// Makes the packet loops' code ready, by a made-up call over sockets of its own: takes some tenths of a second once per process, and is best done before the
    /// workers are started.
    /// </summary>
    public void WarmUp() => Media.Workers.WarmUp.RunOnce(_options);

    /// <summary>Copies every worker's counters.</summary>
    public ImmutableArray<WorkerStatistics> ReadStatistics()
    {
        lock (_lock)
        {
            return [.. _places.Select(place => place.ReadStatistics())];
        }
    }

    /// <summary>Stops every worker and wipes every key.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_disposed)
            {
                return ValueTask.CompletedTask;
            }

            _disposed = true;
        }

        foreach (var place in _places)
        {
            place.Worker.Dispose();
        }

        lock (_lock)
        {
            foreach (var place in _places)
            {
                // A loop that did not end in time may be sealing still: then its keys are left to their finalizers.
                place.FreeIfIdle();
                place.Worker.DoWhileIdle(place.Sessions.DisposeAll);
            }

            _sessions.Clear();
        }

        return ValueTask.CompletedTask;
    }

    // A channel stays where it is, and grows onto another worker when its own is overloaded. Without relays it cannot: then it stays, also while its worker is being
    // started again. A new one goes where there is the least to do.
    private Place? ChoosePlace(ChannelKey channel)
    {
        if (_options.Relay is null && _places.FirstOrDefault(place => place.Sessions.Serves(channel)) is { } serving)
        {
            return serving.Worker.State == WorkerState.Stopped ? null : serving;
        }

        var now = Now();
        var index = WorkerPlacer.Choose([.. _places.Select((place, index) => place.DescribeLoad(index, now, place.Sessions.Serves(channel)))], Placement);
        return index is { } chosen ? _places[chosen] : null;
    }

    private void Change(MediaSessionId session, Action<MediaSession, Place> change)
    {
        lock (_lock)
        {
            if (_sessions.TryGetValue(session, out var found))
            {
                change(found.Session, found.Place);
            }
        }
    }

    private static uint[] WithAddress(uint[] addresses, uint address) =>
        addresses.Contains(address) ? addresses : [address, .. addresses.Take(MaximumConfirmedAddresses - 1)];

    private MediaWorkerStatus Describe(Place place) => new(
        IdOf(place),
        new IPEndPoint(_options.AdvertisedAddress, place.Worker.Port),
        place.Worker.State == WorkerState.Running,
        place.Sessions.Sessions,
        place.Sessions.Channels)
    {
        Load = place.ReadLoad(),
    };

    private WorkerId IdOf(Place place) => new(_node, place.Worker.Index);

    private TimeSpan Now() => _time.GetElapsedTime(_startedAt);

    private MediaSessionId NewSessionId()
    {
        Span<ulong> id = stackalloc ulong[1];
        do
        {
            RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(id));
        }
        while (id[0] == 0 || _sessions.ContainsKey(new MediaSessionId(id[0])));

        return new MediaSessionId(id[0]);
    }

    /// <summary>A worker and what control keeps of its sessions.</summary>
    private sealed class Place(Worker worker, MediaOptions options)
    {
        private static readonly TimeSpan MeasurementDelay = TimeSpan.FromSeconds(2);

        public Worker Worker { get; } = worker;

        public WorkerSessions Sessions { get; } = new(options, worker.Inbox);

        private readonly int _capacity = options.MaximumSessionsPerWorker;
        private double _openedLately;
        private TimeSpan _openedAt;

        /// <summary>A session was opened here: its load shows only after a while.</summary>
        public void CountOpened(TimeSpan now) => (_openedLately, _openedAt) = (OpenedLately(now) + 1, now);

        /// <summary>The load for placement: what is measured and what is to be expected of those who just came.</summary>
        public Domain.Placement.WorkerLoad DescribeLoad(int index, TimeSpan now, bool servesChannel)
        {
            var measured = Worker.Load.Utilization;
            var nominal = 1.0 / _capacity;
            var costPerSession = Math.Max(nominal, measured / Math.Max(1, Sessions.Sessions));

            // Of those who came lately some may have left already.
            var opened = Math.Min(OpenedLately(now), Sessions.Sessions);
            var corrected = Math.Max(measured + (opened * costPerSession), Sessions.Sessions * nominal);
            var takesSessions = Worker.State == WorkerState.Running && !Worker.IsStuck && Sessions.Sessions < _capacity;
            return new Domain.Placement.WorkerLoad(index, takesSessions, corrected, Sessions.Sessions, servesChannel);
        }

        public MediaWorkerLoad ReadLoad()
        {
            var load = Worker.Load;
            return new MediaWorkerLoad(load.Utilization, load.QueueDelay, load.PacketsPerSecond, load.IsOverloaded, Worker.IsStuck);
        }

        /// <summary>Without a running loop nobody else frees what was closed.</summary>
        public void FreeIfIdle() => Worker.DoWhileIdle(() =>
        {
            while (Worker.Inbox.TryTakeRetired(long.MaxValue, out var retired))
            {
                Worker.Inbox.Free(retired);
            }
        });

        // As fast as the measurement takes them in.
        private double OpenedLately(TimeSpan now) => _openedLately * Math.Exp(-(now - _openedAt) / MeasurementDelay);

        public WorkerStatistics ReadStatistics()
        {
            var socket = Worker.ReadSocketTotals();
            return Worker.Counters.Read() with
            {
                EdgesDropped = Worker.Edges.Dropped,
                PlansRefused = Sessions.PlansRefused,
                RelayLinksRefused = Worker.Inbox.Links?.Refused ?? 0,
                FramesSent = socket.FramesSent,
                GroupedSent = socket.GroupedSent,
                SendFailures = socket.SendFailures,
                SendUnreachable = socket.SendUnreachable,
                SendBufferFull = socket.SendBufferFull,
                ReceiveFailures = socket.ReceiveFailures,
                ReceiveOverflows = socket.ReceiveOverflows,
            };
        }
    }
}
