using System.Collections.Immutable;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Membership;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Simulation.Machinery;

/// <summary>The store that all nodes share. Its rows obey the rules that the specification of stores holds every store to.</summary>
internal sealed class SimulatedStore
{
    private readonly Agenda _agenda;
    private readonly Chance _chance;
    private readonly List<StoreAccess> _accesses = [];
    private readonly HashSet<NodeId> _cutOff = [];

    /// <param name="agenda">The true time, which is the store's clock too.</param>
    /// <param name="chance">Decides what takes how long.</param>
    public SimulatedStore(Agenda agenda, Chance chance)
    {
        (_agenda, _chance) = (agenda, chance);
        Rows = new InMemoryClusterStore(new SimulatedClock(agenda, TimeSpan.Zero));
        Rows.Noticed += Tell;
    }

    /// <summary>The rows themselves, at once.</summary>
    public InMemoryClusterStore Rows { get; }

    /// <summary>Told of everything that takes effect.</summary>
    public StoreLedger Ledger { get; } = new();

    /// <summary>Whether nobody reaches it.</summary>
    public bool IsAway { get; set; }

    /// <summary>How much longer than usual a request may take.</summary>
    public TimeSpan Delay { get; set; }

    public void CutOff(NodeId node) => _cutOff.Add(node);

    public void Mend(NodeId node) => _cutOff.Remove(node);

    public void MendAll()
    {
        _cutOff.Clear();
        IsAway = false;
        Delay = TimeSpan.Zero;
    }

    public bool IsReachedBy(NodeId node) => !IsAway && !_cutOff.Contains(node);

    /// <summary>One process' connection begins.</summary>
    public void Connect(StoreAccess access) => _accesses.Add(access);

    /// <summary>The process is gone.</summary>
    public void Disconnect(StoreAccess access) => _accesses.Remove(access);

    /// <summary>A request's way there and back. Lost on the way back it has taken effect, and its sender does not know.</summary>
    public Task<T> CallAsync<T>(StoreAccess access, Func<Task<T>> request, CancellationToken cancellation)
    {
        var done = new TaskCompletionSource<T>();
        var canceled = cancellation.UnsafeRegister(static (done, token) => ((TaskCompletionSource<T>)done!).TrySetCanceled(token), done);
        _agenda.After(Way(), () =>
        {
            if (!IsReachedBy(access.Node))
            {
                Fail(done, canceled);
                return;
            }

            var answer = request();
            _agenda.After(Way(), () =>
            {
                if (!IsReachedBy(access.Node))
                {
                    Fail(done, canceled);
                    return;
                }

                canceled.Dispose();
                done.TrySetResult(answer.GetAwaiter().GetResult());
            });
        });
        return done.Task;
    }

    private TimeSpan Way() => _chance.Between(0.1, 2) + (Delay * _chance.Share());

    private void Fail<T>(TaskCompletionSource<T> done, CancellationTokenRegistration canceled) =>
        _agenda.After(_chance.OneIn(4) ? _chance.Between(500, 3_000) : _chance.Between(1, 5), () =>
        {
            canceled.Dispose();
            done.TrySetException(new StoreUnavailableException("The simulation took the store away."));
        });

    private void Tell(StoreNotice notice)
    {
        foreach (var access in _accesses.Where(access => IsReachedBy(access.Node)))
        {
            if (!_chance.OneIn(20))
            {
                _agenda.After(Way(), () => access.Notice(notice));
            }
        }
    }
}
