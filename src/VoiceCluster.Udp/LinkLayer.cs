using VoiceCluster.Udp.Linux;
using VoiceCluster.Udp.Linux.Frames;
using VoiceCluster.Udp.Linux.Netlink;

namespace VoiceCluster.Udp;

/// <summary>When datagrams are handed to the network device as whole frames.</summary>
public enum LinkLayerUse
{
    /// <summary>Where the system permits it and has no rules for what is sent, which frames would pass by.</summary>
    Automatic,

    /// <summary>Never: everything goes by UDP sockets.</summary>
    Never,

    /// <summary>Where the system permits it, whatever rules there are.</summary>
    Always,
}

/// <summary>Knows the way of frames: to which device and which machine a datagram goes that is sent past the kernel's UDP and IP.</summary>
/// <remarks>
/// Sending so costs less than a UDP socket, since the kernel need not find the way of each datagram anew. The way is the kernel's own all the same: a thread
/// asks it for each new destination, hears of every change of routes, devices and neighbours, and looks each second whether there are devices to send by and rules for
/// what is sent. What is not known yet, or cannot go so, goes by the socket. Needs 64-bit Linux and CAP_NET_RAW; to see the rules, CAP_NET_ADMIN. One for all sockets of a process; safe for
/// all threads.
/// </remarks>
public sealed class LinkLayer : IDisposable
{
    private const int MaximumAsked = 1024;
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    /// <summary>What nobody told us about does not stay for ever.</summary>
    private static readonly TimeSpan MaximumAge = TimeSpan.FromMinutes(1);

    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly uint[] _asked = new uint[MaximumAsked];
    // The thread's, once it runs, as the rules are, which are null where they do not matter.
    private readonly KernelRoutes? _routes;
    private readonly SendingRules? _rules;
    private readonly EventDescriptor? _wake;
    private readonly Thread? _thread;
    private int _askedCount;
    private volatile NextHopTable? _table;
    private volatile string? _obstacle;
    private volatile bool _isForgotten;
    private volatile bool _isStopped;

    /// <summary>Finds out whether frames can be sent, and begins to learn their ways.</summary>
    /// <param name="use">When frames are wanted.</param>
    /// <param name="time">The clock; the system's by default.</param>
    public LinkLayer(LinkLayerUse use, TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        _obstacle = FindRefusal(use) ?? Open(out _routes);
        if (_routes is null)
        {
            // The system's permission does not come later.
            return;
        }

        _rules = use == LinkLayerUse.Always ? null : new SendingRules();
        _obstacle = FindObstacle(_routes);
        _table = _obstacle is null ? new NextHopTable() : null;
        _wake = new EventDescriptor();
        _thread = new Thread(Run) { IsBackground = true, Name = "link-layer" };
        _thread.Start();
    }

    /// <summary>Told, on a thread of its own, that <see cref="Obstacle"/> is another one.</summary>
    public event Action<LinkLayer>? Changed;

    /// <summary>Why no frames are sent, for people to read; null if they are.</summary>
    public string? Obstacle => _obstacle;

    /// <summary>Whether frames may be sent, now or later.</summary>
    internal bool IsPossible => _thread is not null;

    /// <summary>The ways known so far; null as long as no frames are sent.</summary>
    internal NextHopTable? Table => _table;

    /// <summary>Asks for the way to an address. It is in the table soon, unless too many ask at once: then the next datagram asks again.</summary>
    internal void Ask(uint destination)
    {
        lock (_lock)
        {
            if (_askedCount == MaximumAsked)
            {
                return;
            }

            _asked[_askedCount++] = destination;
            if (_askedCount > 1)
            {
                return;
            }
        }

        _wake!.Raise();
    }

    /// <summary>Forgets all ways, since one of them proved wrong.</summary>
    internal void Forget()
    {
        _table = null;
        _isForgotten = true;
        _wake!.Raise();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _isStopped = true;
        _wake?.Raise();
        _thread?.Join();
        _wake?.Dispose();
    }

    private static string? FindRefusal(LinkLayerUse use) =>
        use == LinkLayerUse.Never ? "the setting says so"
        : !LinuxDatagramSocket.IsSupported ? "this needs 64-bit Linux"
        : FindRefusal();

    private static string? FindRefusal()
    {
        try
        {
            FrameSocket.Open(sendBufferBytes: 4096, priority: 0).Dispose();
            return null;
        }
        catch (IOException exception)
        {
            return $"this needs CAP_NET_RAW ({exception.Message.TrimEnd('.')})";
        }
    }

    private static string? Open(out KernelRoutes? routes)
    {
        try
        {
            routes = new KernelRoutes();
            return null;
        }
        catch (IOException exception)
        {
            routes = null;
            return exception.Message;
        }
    }

    // Where everything goes by loopback or through tunnels, looking for ways would cost each datagram something and bring none anything.
    private string? FindObstacle(KernelRoutes routes) => routes.HasDevice() ? _rules?.Find() : "no Ethernet device is up";

    private void Run()
    {
        try
        {
            using var rules = _rules;
            using var routes = _routes!;
            using var changes = new NetlinkSocket(KernelRoutes.NetlinkFamily, RouteMessages.Groups);
            Learn(routes, changes);
        }
        catch (IOException exception)
        {
            // Sockets do without.
            Change(exception.Message);
        }
    }

    private void Learn(KernelRoutes routes, NetlinkSocket changes)
    {
        var asked = new uint[MaximumAsked];
        var lookedAt = _time.GetTimestamp();
        var learntSince = lookedAt;
        while (!_isStopped)
        {
            _wake!.WaitWith(changes.Descriptor, LookInterval);
            if (_time.GetElapsedTime(lookedAt) >= LookInterval)
            {
                lookedAt = _time.GetTimestamp();
                Change(FindObstacle(routes));
            }

            if (Hear(changes) | _isForgotten | (_time.GetElapsedTime(learntSince) >= MaximumAge))
            {
                learntSince = _time.GetTimestamp();
                _isForgotten = false;
                routes.Forget();
                _table = _obstacle is null ? new NextHopTable() : null;
            }

            Find(routes, asked.AsSpan(0, TakeAsked(asked)));
        }
    }

    private void Change(string? obstacle)
    {
        if (obstacle == _obstacle)
        {
            return;
        }

        _obstacle = obstacle;
        _table = obstacle is null ? new NextHopTable() : null;
        Changed?.Invoke(this);
    }

    /// <returns>Whether what is known may be wrong now.</returns>
    private bool Hear(NetlinkSocket changes)
    {
        var isStale = false;
        while (changes.TryHear(out var messages))
        {
            isStale |= messages.Count == 0 || messages.Any(Concerns);
        }

        return isStale;
    }

    // Neighbours come and go all the time; all but those in use are of no interest. An address that was asked for when its neighbour was not known is asked for again.
    private bool Concerns(NetlinkMessage message)
    {
        if (message.Type is not (RouteMessages.TypeNewNeighbour or RouteMessages.TypeGoneNeighbour))
        {
            return true;
        }

        if (_table is not { } table || RouteMessages.ReadNeighbour(message.Body.Span) is not { } neighbour)
        {
            return false;
        }

        return table.FindOver(neighbour.Device, neighbour.Address) is { Count: > 0 } hops
            ? message.Type == RouteMessages.TypeGoneNeighbour || !neighbour.IsUsable || hops.Any(hop => !hop.Leads(neighbour.LinkAddress.Span))
            : neighbour.IsUsable && table.HasUnknown;
    }

    private int TakeAsked(uint[] asked)
    {
        lock (_lock)
        {
            var count = _askedCount;
            _asked.AsSpan(0, count).CopyTo(asked);
            _askedCount = 0;
            return count;
        }
    }

    private void Find(KernelRoutes routes, ReadOnlySpan<uint> destinations)
    {
        foreach (var destination in destinations)
        {
            if (_table is { } table && !table.TryFind(destination, out _) && !table.TryAdd(destination, routes.Find(destination, table)))
            {
                _isForgotten = true;
            }
        }
    }
}
