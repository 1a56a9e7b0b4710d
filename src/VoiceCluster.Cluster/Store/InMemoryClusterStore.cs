using System.Collections.Immutable;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Membership;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Cluster.Store;

/// <summary>The store of a single node, and of tests: everything is gone with the process.</summary>
/// <param name="time">Tells which sessions have expired when a new one asks for room.</param>
public sealed class InMemoryClusterStore(TimeProvider time) : IClusterStore
{
    private readonly Lock _gate = new();
    private readonly ShardRows _shards = new();
    private readonly EntityRows _entities = new();
    private readonly PlanRows _plans = new();
    private readonly LvspSessionRows _sessions = new();
    private readonly MembershipRows _members = new(new MembershipTimes());

    /// <inheritdoc />
    public event Action<StoreNotice>? Noticed;

    /// <inheritdoc />
    public Task<MemberRow?> JoinAsync(NodeIncarnation node, string description, CancellationToken cancellation) =>
        RunAndTell(() => _members.Join(node, description, time.GetUtcNow()), cancellation);

    /// <inheritdoc />
    public Task<MembershipTable?> RenewAsync(NodeIncarnation node, MemberNews news, CancellationToken cancellation) =>
        Run(() => _members.Renew(node, news, time.GetUtcNow()), cancellation);

    /// <inheritdoc />
    public Task LeaveAsync(NodeIncarnation node, CancellationToken cancellation) =>
        RunAndTell(
            () =>
            {
                _members.Leave(node);
                return true;
            },
            cancellation);

    /// <inheritdoc />
    public Task<bool> VoteAsync(NodeIncarnation voter, NodeIncarnation suspect, CancellationToken cancellation) =>
        EndAsync(() => _members.Vote(voter, suspect, time.GetUtcNow()), cancellation);

    /// <inheritdoc />
    public Task WithdrawVoteAsync(NodeIncarnation voter, NodeIncarnation suspect, CancellationToken cancellation) =>
        Run(() => _members.WithdrawVote(voter, suspect), cancellation);

    /// <inheritdoc />
    public Task<bool> BuryAsync(NodeIncarnation judge, NodeIncarnation suspect, CancellationToken cancellation) =>
        EndAsync(() => _members.Bury(judge, suspect, time.GetUtcNow()), cancellation);

    /// <inheritdoc />
    public Task<ImmutableArray<ShardRow>> ReadShardsAsync(CancellationToken cancellation) => Run(_shards.List, cancellation);

    /// <inheritdoc />
    public Task<ShardClaim> ClaimShardAsync(
        ShardId shard,
        NodeIncarnation node,
        NodeIncarnation? replacing,
        CancellationToken cancellation) =>
        RunAndTell(
            () => _shards.Claim(shard, node, replacing is { } owner && _members.IsLive(owner) ? null : replacing),
            cancellation,
            claim => claim.Owner == node ? new ShardRow(shard.Value, node, claim.Epoch, InForce: true) : null);

    /// <inheritdoc />
    public Task ReleaseShardAsync(ShardClaim claim, CancellationToken cancellation) =>
        RunAndTell(
            () => _shards.Release(claim),
            cancellation,
            released => released ? new ShardRow(claim.Shard.Value, claim.Owner, claim.Epoch, InForce: false) : null);

    /// <inheritdoc />
    public Task<StoredEntity?> LoadAsync(EntityKind kind, string key, CancellationToken cancellation) =>
        Run(() => _entities.Find(kind, key), cancellation);

    /// <inheritdoc />
    public Task<ImmutableArray<StoredEntity>> LoadGroupAsync(EntityKind kind, string group, CancellationToken cancellation) =>
        Run(() => _entities.FindGroup(kind, group), cancellation);

    /// <inheritdoc />
    public Task<ImmutableArray<EntityAddress>> ListShardAsync(ShardId shard, CancellationToken cancellation) =>
        Run(() => _entities.List(shard), cancellation);

    /// <inheritdoc />
    public Task<bool> CommitAsync(ShardClaim claim, EntityCommit commit, CancellationToken cancellation)
    {
        if (commit.Entity.Shard != claim.Shard)
        {
            throw new ArgumentException("The entity is not in the shard of the claim.", nameof(commit));
        }

        return Run(
            () =>
            {
                var inForce = _shards.IsInForce(claim);
                if (inForce)
                {
                    _entities.Commit(commit);
                }

                return inForce;
            },
            cancellation);
    }

    /// <inheritdoc />
    public Task<ImmutableArray<string>> LookupAsync(DirectoryIndex index, string key, CancellationToken cancellation) =>
        Run(() => _entities.Lookup(index, key), cancellation);

    /// <inheritdoc />
    public Task<bool> StorePlansAsync(ShardClaim claim, string channel, ImmutableArray<PlanToStore> plans, CancellationToken cancellation) => Run(
        () =>
        {
            var inForce = _shards.IsInForce(claim);
            if (inForce)
            {
                _plans.Store(claim.Shard, claim.Epoch, channel, plans, time.GetUtcNow());
            }

            return inForce;
        },
        cancellation);

    /// <inheritdoc />
    public Task<ImmutableArray<StoredPlan>> ReadPlansAsync(NodeIncarnation node, long after, CancellationToken cancellation) =>
        Run(() => _plans.Read(node, after), cancellation);

    /// <inheritdoc />
    public Task SweepPlansAsync(NodeIncarnation node, CancellationToken cancellation) => Run(
        () =>
        {
            _plans.Sweep(node, other => !_members.WasRenewed(other, time.GetUtcNow() - TimeSpan.FromMinutes(1)), _shards.FindEpoch, time.GetUtcNow());
            return true;
        },
        cancellation);

    /// <inheritdoc />
    public Task<bool> CreateSessionAsync(LvspSessionRecord session, int limit, CancellationToken cancellation) =>
        Run(() => _sessions.TryCreate(session, limit, time.GetUtcNow()), cancellation);

    /// <inheritdoc />
    public Task<LvspResumeResult> ResumeSessionAsync(LvspResume resume, DateTimeOffset now, CancellationToken cancellation) =>
        Run(() => _sessions.Resume(resume, now), cancellation);

    /// <inheritdoc />
    public Task<long?> HoldAsync(LvspSessionRecord session, long stored, CancellationToken cancellation) =>
        Run(() => _sessions.Hold(session, stored), cancellation);

    /// <inheritdoc />
    public Task<LvspAppended?> AppendAsync(string sessionId, LvspAppend append, DateTimeOffset now, CancellationToken cancellation) =>
        Run(() => _sessions.Append(sessionId, append, now), cancellation);

    /// <inheritdoc />
    public Task<ImmutableArray<LvspNumberedFrame>> ReadAsync(
        string sessionId,
        long after,
        CancellationToken cancellation) =>
        Run(() => _sessions.Read(sessionId, after), cancellation);

    /// <inheritdoc />
    public Task<bool> MergeAsync(LvspUnstored unstored, DateTimeOffset now, CancellationToken cancellation) =>
        Run(() => _sessions.Merge(unstored, now), cancellation);

    /// <inheritdoc />
    public Task AcknowledgeAsync(string sessionId, long sequence, CancellationToken cancellation) =>
        Run(() => _sessions.Acknowledge(sessionId, sequence), cancellation);

    /// <inheritdoc />
    public Task SetFormAsync(string sessionId, LvspForm form, CancellationToken cancellation) =>
        Run(() => _sessions.SetForm(sessionId, form), cancellation);

    /// <inheritdoc />
    public Task DetachAsync(string sessionId, long generation, DateTimeOffset expiresAt, CancellationToken cancellation) =>
        Run(() => _sessions.Detach(sessionId, generation, expiresAt), cancellation);

    /// <inheritdoc />
    public Task DetachHoldersAsync(NodeId node, DateTimeOffset expiresAt, CancellationToken cancellation) =>
        Run(() => _sessions.DetachHolders(holder => holder == node, expiresAt), cancellation);

    /// <inheritdoc />
    public Task DetachLostHoldersAsync(DateTimeOffset expiresAt, CancellationToken cancellation) =>
        Run(() => _sessions.DetachHolders(holder => !_members.HasLife(holder), expiresAt), cancellation);

    /// <inheritdoc />
    public Task<LvspSessionRecord?> FindSessionAsync(
        Realm realm,
        string? preferredSessionId,
        DateTimeOffset now,
        CancellationToken cancellation) =>
        Run(() => _sessions.Find(realm, preferredSessionId, now), cancellation);

    private Task<TResult> Run<TResult>(Func<TResult> transaction, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return Task.FromCanceled<TResult>(cancellation);
        }

        lock (_gate)
        {
            return Task.FromResult(transaction());
        }
    }

    /// <summary>Tells of lives that were ended; of a vote that ended none nobody needs to hear.</summary>
    private async Task<bool> EndAsync(Func<bool> end, CancellationToken cancellation)
    {
        var hasEnded = await Run(end, cancellation);
        if (hasEnded)
        {
            Noticed?.Invoke(default);
        }

        return hasEnded;
    }

    private async Task<TResult> RunAndTell<TResult>(
        Func<TResult> transaction,
        CancellationToken cancellation,
        Func<TResult, ShardRow?>? changed = null)
    {
        var result = await Run(transaction, cancellation);
        var shard = changed?.Invoke(result);
        if (changed is null || shard is not null)
        {
            Noticed?.Invoke(new StoreNotice(shard));
        }

        return result;
    }

    private Task<bool> Run(Action transaction, CancellationToken cancellation) =>
        Run(
            () =>
            {
                transaction();
                return true;
            },
            cancellation);
}
