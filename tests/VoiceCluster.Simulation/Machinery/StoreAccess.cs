using System.Collections.Immutable;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Membership;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Simulation.Machinery;

/// <summary>The store as one process sees it.</summary>
internal class StoreAccess(SimulatedStore store, NodeId node, Action<Action> run) : IClusterStore
{
    public event Action<StoreNotice>? Noticed;

    public NodeId Node => node;

    protected InMemoryClusterStore Rows => store.Rows;

    public void Notice(StoreNotice notice) => run(() => Noticed?.Invoke(notice));

    public Task<MemberRow?> JoinAsync(NodeIncarnation node, string description, CancellationToken cancellation) =>
        Call(() => Rows.JoinAsync(node, description, default), cancellation);

    public Task<MembershipTable?> RenewAsync(NodeIncarnation node, MemberNews news, CancellationToken cancellation) =>
        Call(() => store.Ledger.CheckRenewalAsync(node, RenewRowAsync(node, news)), cancellation);

    public Task LeaveAsync(NodeIncarnation node, CancellationToken cancellation) => Call(() => Rows.LeaveAsync(node, default), cancellation);

    public Task<bool> VoteAsync(NodeIncarnation voter, NodeIncarnation suspect, CancellationToken cancellation) =>
        Call(() => store.Ledger.NoteEndAsync(suspect, isExpired: false, Rows.VoteAsync(voter, suspect, default)), cancellation);

    public Task WithdrawVoteAsync(NodeIncarnation voter, NodeIncarnation suspect, CancellationToken cancellation) =>
        Call(() => Rows.WithdrawVoteAsync(voter, suspect, default), cancellation);

    public Task<bool> BuryAsync(NodeIncarnation judge, NodeIncarnation suspect, CancellationToken cancellation) =>
        Call(() => store.Ledger.NoteEndAsync(suspect, isExpired: true, Rows.BuryAsync(judge, suspect, default)), cancellation);

    public Task<ImmutableArray<ShardRow>> ReadShardsAsync(CancellationToken cancellation) => Call(() => Rows.ReadShardsAsync(default), cancellation);

    public Task<ShardClaim> ClaimShardAsync(ShardId shard, NodeIncarnation node, NodeIncarnation? replacing, CancellationToken cancellation) =>
        Call(() => store.Ledger.NoteClaimAsync(Rows.ClaimShardAsync(shard, node, replacing, default)), cancellation);

    public Task ReleaseShardAsync(ShardClaim claim, CancellationToken cancellation) => Call(() => Rows.ReleaseShardAsync(claim, default), cancellation);

    public Task<StoredEntity?> LoadAsync(EntityKind kind, string key, CancellationToken cancellation) =>
        Call(() => Rows.LoadAsync(kind, key, default), cancellation);

    public Task<ImmutableArray<StoredEntity>> LoadGroupAsync(EntityKind kind, string group, CancellationToken cancellation) =>
        Call(() => Rows.LoadGroupAsync(kind, group, default), cancellation);

    public Task<ImmutableArray<EntityAddress>> ListShardAsync(ShardId shard, CancellationToken cancellation) =>
        Call(() => Rows.ListShardAsync(shard, default), cancellation);

    public Task<bool> CommitAsync(ShardClaim claim, EntityCommit commit, CancellationToken cancellation) =>
        Call(() => store.Ledger.CheckCommitAsync(claim, WriteAsync(claim, commit)), cancellation);

    public Task<ImmutableArray<string>> LookupAsync(DirectoryIndex index, string key, CancellationToken cancellation) =>
        Call(() => Rows.LookupAsync(index, key, default), cancellation);

    public Task<bool> StorePlansAsync(ShardClaim claim, string channel, ImmutableArray<PlanToStore> plans, CancellationToken cancellation) =>
        Call(() => Rows.StorePlansAsync(claim, channel, plans, default), cancellation);

    public Task<ImmutableArray<StoredPlan>> ReadPlansAsync(NodeIncarnation node, long after, CancellationToken cancellation) =>
        Call(() => Rows.ReadPlansAsync(node, after, default), cancellation);

    public Task SweepPlansAsync(NodeIncarnation node, CancellationToken cancellation) => Call(() => Rows.SweepPlansAsync(node, default), cancellation);

    public Task<bool> CreateSessionAsync(LvspSessionRecord session, int limit, CancellationToken cancellation) =>
        Call(() => Rows.CreateSessionAsync(session, limit, default), cancellation);

    public Task<LvspResumeResult> ResumeSessionAsync(LvspResume resume, DateTimeOffset now, CancellationToken cancellation) =>
        Call(() => Rows.ResumeSessionAsync(resume, now, default), cancellation);

    public Task<long?> HoldAsync(LvspSessionRecord session, long stored, CancellationToken cancellation) =>
        Call(() => Rows.HoldAsync(session, stored, default), cancellation);

    public Task<LvspAppended?> AppendAsync(string sessionId, LvspAppend append, DateTimeOffset now, CancellationToken cancellation) =>
        Call(() => Rows.AppendAsync(sessionId, append, now, default), cancellation);

    public Task<ImmutableArray<LvspNumberedFrame>> ReadAsync(string sessionId, long after, CancellationToken cancellation) =>
        Call(() => Rows.ReadAsync(sessionId, after, default), cancellation);

    public Task<bool> MergeAsync(LvspUnstored unstored, DateTimeOffset now, CancellationToken cancellation) =>
        Call(() => Rows.MergeAsync(unstored, now, default), cancellation);

    public Task AcknowledgeAsync(string sessionId, long sequence, CancellationToken cancellation) =>
        Call(() => Rows.AcknowledgeAsync(sessionId, sequence, default), cancellation);

    public Task SetFormAsync(string sessionId, LvspForm form, CancellationToken cancellation) =>
        Call(() => Rows.SetFormAsync(sessionId, form, default), cancellation);

    public Task DetachAsync(string sessionId, long generation, DateTimeOffset expiresAt, CancellationToken cancellation) =>
        Call(() => Rows.DetachAsync(sessionId, generation, expiresAt, default), cancellation);

    public Task DetachHoldersAsync(NodeId node, DateTimeOffset expiresAt, CancellationToken cancellation) =>
        Call(() => Rows.DetachHoldersAsync(node, expiresAt, default), cancellation);

    public Task DetachLostHoldersAsync(DateTimeOffset expiresAt, CancellationToken cancellation) =>
        Call(() => Rows.DetachLostHoldersAsync(expiresAt, default), cancellation);

    public Task<LvspSessionRecord?> FindSessionAsync(Realm realm, string? preferredSessionId, DateTimeOffset now, CancellationToken cancellation) =>
        Call(() => Rows.FindSessionAsync(realm, preferredSessionId, now, default), cancellation);

    /// <summary>Renews a row, as the store does.</summary>
    protected virtual Task<MembershipTable?> RenewRowAsync(NodeIncarnation node, MemberNews news) => Rows.RenewAsync(node, news, default);

    /// <summary>Writes, as the store does.</summary>
    protected virtual Task<bool> WriteAsync(ShardClaim claim, EntityCommit commit) => Rows.CommitAsync(claim, commit, default);

    private Task<T> Call<T>(Func<Task<T>> request, CancellationToken cancellation) => store.CallAsync(this, request, cancellation);

    private Task<bool> Call(Func<Task> request, CancellationToken cancellation) => store.CallAsync(
        this,
        async () =>
        {
            await request();
            return true;
        },
        cancellation);
}
