using System.Collections.Concurrent;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Gateways.Splices;

/// <summary>How many splices a node takes part in.</summary>
/// <param name="Maximum">Client ends, and as many session ends.</param>
public sealed record SpliceOptions(int Maximum);

/// <summary>The ends of splices on a node: bounds and counts them, and lets time and the loss of nodes reach them. Safe for calls from any thread.</summary>
internal sealed class SpliceRegistry : IDisposable
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<Splice, byte> _open = new();
    private readonly int[] _counts = new int[2];
    private readonly SpliceOptions _options;
    private readonly Func<NodeIncarnation, bool> _isLost;
    private readonly ITimer _tick;
    private readonly Lock _ticking = new();
    private bool _isTicking;

    /// <summary>A registry without splices.</summary>
    /// <param name="options">Limits.</param>
    /// <param name="isLost">Whether a process is gone with all that was in it.</param>
    /// <param name="time">The node's clock.</param>
    public SpliceRegistry(SpliceOptions options, Func<NodeIncarnation, bool> isLost, TimeProvider time)
    {
        _options = options;
        _isLost = isLost;
        _tick = time.CreateTimer(static registry => ((SpliceRegistry)registry!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Takes a place for one more end. False when there is none; each place is given back by the end of what is added.</summary>
    public bool TryReserve(SpliceRole role)
    {
        if (Interlocked.Increment(ref _counts[(int)role]) <= _options.Maximum)
        {
            GatewaysTelemetry.Splices.Add(1, GatewaysTelemetry.RoleOf(role));
            return true;
        }

        Interlocked.Decrement(ref _counts[(int)role]);
        GatewaysTelemetry.SplicesRefused.Add(1, new KeyValuePair<string, object?>("reason", "limit"));
        return false;
    }

    /// <summary>Looks after an end, for which a place was reserved, until it is over.</summary>
    public void Add(Splice splice)
    {
        _open[splice] = 0;
        KeepTicking();
    }

    /// <summary>Tells the owners of the sockets at all ends of a role.</summary>
    public void TellAll(IEntityHost host, SpliceRole role, IActorMessage message)
    {
        foreach (var splice in _open.Keys.Where(splice => splice.Ends.Role == role))
        {
            if (splice.Side.Socket.Owner is { } owner)
            {
                host.Tell(owner, message);
            }
        }
    }

    /// <summary>Looks after nothing any more; what is counted by several nodes of one process is given back.</summary>
    public void Dispose()
    {
        _tick.Dispose();
        foreach (var splice in _open.Keys)
        {
            Remove(splice);
        }
    }

    private void Tick()
    {
        foreach (var splice in _open.Keys)
        {
            splice.Tick(_isLost(splice.Ends.OtherNode));
            if (splice.IsOver)
            {
                Remove(splice);
            }
        }

        KeepTicking();
    }

    /// <summary>Time is of interest only while there are splices, which most nodes never have.</summary>
    private void KeepTicking()
    {
        lock (_ticking)
        {
            if (_isTicking == _open.IsEmpty)
            {
                _isTicking = !_open.IsEmpty;
                var interval = _isTicking ? TickInterval : Timeout.InfiniteTimeSpan;
                _tick.Change(interval, interval);
            }
        }
    }

    private void Remove(Splice splice)
    {
        if (_open.TryRemove(splice, out _))
        {
            Interlocked.Decrement(ref _counts[(int)splice.Ends.Role]);
            GatewaysTelemetry.Splices.Add(-1, GatewaysTelemetry.RoleOf(splice.Ends.Role));
        }
    }
}
