using System.Collections.Concurrent;

namespace VoiceCluster.Cluster.Hosting;

/// <summary>Deadlines of one length, each of which also ends with the host; kept for the next message, as one is needed for each.</summary>
/// <remarks>Only those of the system's clock can be used again, and only while they have not passed. Safe for calls from any thread.</remarks>
internal sealed class DeadlinePool(TimeSpan length, TimeProvider time, CancellationToken aborted)
{
    /// <summary>As many as messages are likely to be under way at once.</summary>
    private const int MaximumKept = 256;

    private readonly TimeSpan _length = length;
    private readonly TimeProvider _time = time;
    private readonly CancellationToken _aborted = aborted;
    private readonly ConcurrentBag<Deadline> _kept = [];
    private int _count;

    /// <summary>Starts one; dispose of it when it is not needed any more, and only once.</summary>
    public Deadline Rent()
    {
        if (!_kept.TryTake(out var deadline))
        {
            return new Deadline(this);
        }

        Interlocked.Decrement(ref _count);
        deadline.Start();
        return deadline;
    }

    private bool TryKeep(Deadline deadline)
    {
        if (Interlocked.Increment(ref _count) > MaximumKept)
        {
            Interlocked.Decrement(ref _count);
            return false;
        }

        _kept.Add(deadline);
        return true;
    }

    /// <summary>One deadline.</summary>
    internal sealed class Deadline : IDisposable
    {
        private readonly DeadlinePool _pool;
        private readonly CancellationTokenSource _source;
        private CancellationTokenRegistration _abort;

        public Deadline(DeadlinePool pool)
        {
            _pool = pool;
            _source = new CancellationTokenSource(pool._length, pool._time);
            Link();
        }

        public CancellationToken Token => _source.Token;

        public void Start()
        {
            _source.CancelAfter(_pool._length);
            Link();
        }

        public void Dispose()
        {
            _abort.Dispose();
            if (!_source.TryReset() || !_pool.TryKeep(this))
            {
                _source.Dispose();
            }
        }

        private void Link() => _abort = _pool._aborted.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
    }
}
