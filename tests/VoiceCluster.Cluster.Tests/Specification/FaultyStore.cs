using System.Collections.Immutable;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Membership;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Cluster.Tests.Specification;

/// <summary>A store that a test can make wait or take away; otherwise the one behind it.</summary>
public sealed class FaultyStore(IClusterStore inner) : IClusterStore
{
    private volatile TaskCompletionSource? _gate;

    public bool IsAway { get; set; }

    /// <summary>Calls that have begun, those that wait or fail among them.</summary>
    public int Calls;

    public void Close() => _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Open() => Interlocked.Exchange(ref _gate, null)?.TrySetResult();

    public event Action<StoreNotice>? Noticed
    {
        add => inner.Noticed += value;
        remove => inner.Noticed -= value;
    }

    public async Task<MemberRow?> JoinAsync(NodeIncarnation node, string description, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        return await inner.JoinAsync(node, description, cancellation);
    }

    public async Task<MembershipTable?> RenewAsync(NodeIncarnation node, MemberNews news, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        return await inner.RenewAsync(node, news, cancellation);
    }

    public async Task LeaveAsync(NodeIncarnation node, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        await inner.LeaveAsync(node, cancellation);
    }

    public async Task<bool> VoteAsync(NodeIncarnation voter, NodeIncarnation suspect, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        return await inner.VoteAsync(voter, suspect, cancellation);
    }

    public async Task WithdrawVoteAsync(NodeIncarnation voter, NodeIncarnation suspect, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        await inner.WithdrawVoteAsync(voter, suspect, cancellation);
    }

    public async Task<bool> BuryAsync(NodeIncarnation judge, NodeIncarnation suspect, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        return await inner.BuryAsync(judge, suspect, cancellation);
    }

    public async Task<ImmutableArray<ShardRow>> ReadShardsAsync(CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        return await inner.ReadShardsAsync(cancellation);
    }

    public async Task<ShardClaim> ClaimShardAsync(ShardId shard, NodeIncarnation node, NodeIncarnation? replacing, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        return await inner.ClaimShardAsync(shard, node, replacing, cancellation);
    }

    public async Task ReleaseShardAsync(ShardClaim claim, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        await inner.ReleaseShardAsync(claim, cancellation);
    }

    public async Task<StoredEntity?> LoadAsync(EntityKind kind, string key, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        return await inner.LoadAsync(kind, key, cancellation);
    }

    public async Task<ImmutableArray<StoredEntity>> LoadGroupAsync(EntityKind kind, string group, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        return await inner.LoadGroupAsync(kind, group, cancellation);
    }

    public async Task<ImmutableArray<EntityAddress>> ListShardAsync(ShardId shard, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        return await inner.ListShardAsync(shard, cancellation);
    }

    public async Task<bool> CommitAsync(ShardClaim claim, EntityCommit commit, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        return await inner.CommitAsync(claim, commit, cancellation);
    }

    public async Task<ImmutableArray<string>> LookupAsync(DirectoryIndex index, string key, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        return await inner.LookupAsync(index, key, cancellation);
    }

    public async Task<bool> StorePlansAsync(ShardClaim claim, string channel, ImmutableArray<PlanToStore> plans, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        return await inner.StorePlansAsync(claim, channel, plans, cancellation);
    }

    public async Task<ImmutableArray<StoredPlan>> ReadPlansAsync(NodeIncarnation node, long after, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        return await inner.ReadPlansAsync(node, after, cancellation);
    }

    public async Task SweepPlansAsync(NodeIncarnation node, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        await inner.SweepPlansAsync(node, cancellation);
    }

    public Task<bool> CreateSessionAsync(LvspSessionRecord session, int limit, CancellationToken cancellation) =>
        inner.CreateSessionAsync(session, limit, cancellation);

    public Task<LvspResumeResult> ResumeSessionAsync(LvspResume resume, DateTimeOffset now, CancellationToken cancellation) =>
        inner.ResumeSessionAsync(resume, now, cancellation);

    public Task<long?> HoldAsync(LvspSessionRecord session, long stored, CancellationToken cancellation) =>
        inner.HoldAsync(session, stored, cancellation);

    public Task<LvspAppended?> AppendAsync(string sessionId, LvspAppend append, DateTimeOffset now, CancellationToken cancellation) =>
        inner.AppendAsync(sessionId, append, now, cancellation);

    public Task<ImmutableArray<LvspNumberedFrame>> ReadAsync(string sessionId, long after, CancellationToken cancellation) =>
        inner.ReadAsync(sessionId, after, cancellation);

    public Task AcknowledgeAsync(string sessionId, long sequence, CancellationToken cancellation) =>
        inner.AcknowledgeAsync(sessionId, sequence, cancellation);

    public Task SetFormAsync(string sessionId, LvspForm form, CancellationToken cancellation) =>
        inner.SetFormAsync(sessionId, form, cancellation);

    public Task DetachAsync(string sessionId, long generation, DateTimeOffset expiresAt, CancellationToken cancellation) =>
        inner.DetachAsync(sessionId, generation, expiresAt, cancellation);

    public Task<bool> MergeAsync(LvspUnstored unstored, DateTimeOffset now, CancellationToken cancellation) =>
        inner.MergeAsync(unstored, now, cancellation);

    public Task DetachHoldersAsync(NodeId node, DateTimeOffset expiresAt, CancellationToken cancellation) =>
        inner.DetachHoldersAsync(node, expiresAt, cancellation);

    public async Task DetachLostHoldersAsync(DateTimeOffset expiresAt, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        await inner.DetachLostHoldersAsync(expiresAt, cancellation);
    }

    public Task<LvspSessionRecord?> FindSessionAsync(Realm realm, string? preferredSessionId, DateTimeOffset now, CancellationToken cancellation) =>
        inner.FindSessionAsync(realm, preferredSessionId, now, cancellation);

    private async Task PassAsync(CancellationToken cancellation)
    {
        Interlocked.Increment(ref Calls);
        if (_gate is { } gate)
        {
            await gate.Task.WaitAsync(cancellation);
        }

        if (IsAway)
        {
            throw new StoreUnavailableException("The test took the store away.");
        }
    }
}
