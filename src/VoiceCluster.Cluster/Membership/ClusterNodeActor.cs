using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.Transport;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Membership;

namespace VoiceCluster.Cluster.Membership;

/// <summary>Carries out what <see cref="NodeMembership"/> decides: renews, votes, buries; claims shards and hands them over.</summary>
/// <remarks>
/// What asks the store runs beside the mailbox and comes back as a message, so that a store that hangs delays neither links nor deadlines.
/// </remarks>
public sealed partial class ClusterNodeActor(
    IClusterStore store,
    EntityHost host,
    INodeTransport links,
    ClusterMembership membership,
    MembershipPlacement placement,
    ClusterNodeSettings settings,
    ILogger<ClusterNodeActor> logger) : Actor
{
    /// <summary>The actor's local name.</summary>
    public const string Name = "cluster-node";

    /// <summary>How many shards are handed over at the same time: each stops its entities first.</summary>
    private const int HandOversAtOnce = 16;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(20);

    private readonly NodeMembership _decider = new(membership.Times);
    private readonly CancellationTokenSource _stopped = new();
    private TimeSpan _nextDuties;
    private bool _onDuty;
    private bool _isHandingOver;

    private TimeSpan Now => Context.Time.GetElapsedTime(0);

    /// <summary>Tells this node's actor that a node became reachable by link, or stopped being so: the link was reset and has not come back.</summary>
    /// <remarks>If its mailbox is full it finds that out by itself, with the next renewal.</remarks>
    public static void TellReachability(IEntityHost host, NodeId node, bool isReachable) =>
        host.Tell(new LocalAddress(host.Node.Node, Name), new ReachabilityChanged(node, isReachable));

    /// <summary>Tells this node's actor that <see cref="ClusterMembership.Draining"/> changed: the others hear of it at once.</summary>
    public static void TellDraining(IEntityHost host) => host.Tell(new LocalAddress(host.Node.Node, Name), new DrainingChanged());

    /// <inheritdoc />
    protected internal override ValueTask StartAsync(CancellationToken cancellation)
    {
        placement.Announcer = host.TellOwner;
        host.ShardOwned += OnOwned;
        store.Noticed += OnNoticed;
        _decider.HandleJoined(host.Node, settings.JoinedAt(), Now);
        Perform();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc />
    protected internal override ValueTask ReceiveAsync(IActorMessage message, CancellationToken cancellation)
    {
        switch (message)
        {
            case Tick:
                _decider.HandleTimeout(Now);
                break;
            case Renewed renewed:
                TakeRenewal(renewed);
                break;
            case RenewalFailed failed:
                _decider.HandleRenewalFailed(failed.SentAt, Now);
                break;
            case Joined joined:
                Begin(joined);
                break;
            case ReachabilityChanged changed:
                _decider.HandleReachability(changed.Node, changed.IsReachable, Now);
                break;
            case StoreNoticed { Notice.Shard: { } row }:
                Learn(row);
                break;
            case StoreNoticed or DrainingChanged:
                _decider.HandleNotice(Now);
                break;
            case DutiesRead read:
                DoDuties(read.Rows);
                break;
            case DutiesFailed:
                _onDuty = false;
                break;
            case HandedOver:
                _isHandingOver = false;
                break;
        }

        Perform();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc />
    protected internal override async ValueTask StopAsync()
    {
        host.ShardOwned -= OnOwned;
        store.Noticed -= OnNoticed;
        await _stopped.CancelAsync();
        _stopped.Dispose();
    }

    private void TakeRenewal(Renewed renewed)
    {
        if (renewed.Node != _decider.Self)
        {
            return;
        }

        if (renewed.Table is not { } table)
        {
            _decider.HandleDeclaredDead();
            return;
        }

        placement.Update(table);
        foreach (var row in table.Live.Where(row => row.Node.Node != host.Node.Node))
        {
            LookAtLink(row.Node.Node);
        }

        _decider.HandleRenewed(table, renewed.SentAt, Now);
    }

    /// <summary>A link that stood before this actor began has told nobody, and what was told while the mailbox was full was not heard.</summary>
    private void LookAtLink(NodeId node)
    {
        if (links.CanReach(node))
        {
            _decider.HandleReachability(node, isReachable: true, Now);
        }
        else if (links.IsCutOff(node))
        {
            _decider.HandleReachability(node, isReachable: false, Now);
        }
    }

    private void Perform()
    {
        while (_decider.TryPoll(out var output))
        {
            Perform(output!);
        }

        if (Now >= _nextDuties && !_onDuty && _decider.Table.Rows.Length > 0)
        {
            ReadDuties();
        }

        var wait = (_decider.NextTimeout ?? Now + membership.Times.RenewInterval) - Now;
        Context.SetTimer(nameof(Tick), wait > TimeSpan.Zero ? wait : TimeSpan.Zero, new Tick());
    }

    private void Perform(MembershipOutput output)
    {
        switch (output)
        {
            case MembershipOutput.Renew:
                Renew(_decider.Self!.Value);
                break;
            case MembershipOutput.Vote vote:
                if (!vote.IsRepeated)
                {
                    Log.Voting(logger, vote.Suspect);
                }

                End(vote.Suspect, self => store.VoteAsync(self, vote.Suspect, _stopped.Token));
                break;
            case MembershipOutput.WithdrawVote vote:
                var voter = _decider.Self!.Value;
                Run(() => store.WithdrawVoteAsync(voter, vote.Suspect, _stopped.Token));
                break;
            case MembershipOutput.Bury bury:
                End(bury.Suspect, self => store.BuryAsync(self, bury.Suspect, _stopped.Token));
                break;
            case MembershipOutput.Changed changed:
                Log.Members(logger, string.Join(", ", changed.Table.Live.Select(Describe)));
                _nextDuties = Now;
                break;
            case MembershipOutput.Provisional provisional:
                membership.IsProvisional = provisional.IsProvisional;
                Log.Provisional(logger, provisional.IsProvisional);
                break;
            case MembershipOutput.Rejoin:
                Log.DeclaredDead(logger, host.Node);
                Rejoin();
                break;
        }
    }

    private static string Describe(MemberRow row) => $"{row.Node}{(row.Draining ? " (draining)" : "")}{(row.Reached ? "" : " (not linked yet)")}";

    private void Renew(NodeIncarnation self)
    {
        var sentAt = Now;
        membership.IsReached = _decider.IsReached;
        RunAndTell(async () => new Renewed(self, await membership.RenewAsync(self, _stopped.Token), sentAt), new RenewalFailed(sentAt));
    }

    /// <summary>Gives up the shards and joins again; tried until it works, since the node has calls to keep.</summary>
    private void Rejoin()
    {
        var node = membership.Reincarnate(host.Node.Node);
        placement.LeaveOut();
        _ = host.RejoinAsync(node);
        Run(async () =>
        {
            while (true)
            {
                try
                {
                    if (await membership.JoinAsync(node, _stopped.Token) is { } sentAt)
                    {
                        await TellAsync(new Joined(node, sentAt));
                        return;
                    }

                    node = membership.Reincarnate(host.Node.Node);
                }
                catch (Exception error) when (error is StoreUnavailableException or NodeNameTakenException)
                {
                    Log.NotRejoined(logger, error);
                    await Task.Delay(membership.Times.RenewInterval, Context.Time, _stopped.Token);
                }
            }
        });
    }

    private void Begin(Joined joined)
    {
        if (joined.Node != host.Node)
        {
            _ = host.RejoinAsync(joined.Node);
        }

        _decider.HandleJoined(joined.Node, joined.SentAt, Now);
    }

    private void End(NodeIncarnation suspect, Func<NodeIncarnation, Task<bool>> end)
    {
        var self = _decider.Self!.Value;
        Run(async () =>
        {
            if (await end(self))
            {
                Log.Ended(logger, suspect);
                await DetachLostHoldersAsync();
            }
        });
    }

    private Task DetachLostHoldersAsync() =>
        store.DetachLostHoldersAsync(Context.Time.GetUtcNow() + settings.SessionResumeWindow, _stopped.Token);

    private void ReadDuties()
    {
        _onDuty = true;
        _nextDuties = Now + settings.ShardPollInterval;
        RunAndTell(async () => new DutiesRead([.. await store.ReadShardsAsync(_stopped.Token)]), new DutiesFailed());
        if (_decider.Table.Live.FirstOrDefault(row => row.Age <= membership.Times.Expiry)?.Node == host.Node)
        {
            // Whoever ended a node may not have heard that it did, or have ended itself before it came to this.
            Run(DetachLostHoldersAsync);
        }
    }

    private void DoDuties(ShardRow[] rows)
    {
        _onDuty = false;
        foreach (var row in rows)
        {
            Learn(row);
        }

        var duties = ShardDuties.Of(host.Node, placement.Table, placement.Owners, rows);
        foreach (var shard in duties.Claim.Concat(rows.Where(row => row.InForce && row.Owner == host.Node).Select(row => row.Shard)))
        {
            host.AcquireShard(new ShardId(shard));
        }

        if (!_isHandingOver && !duties.HandOver.IsEmpty)
        {
            _isHandingOver = true;
            var claims = rows.ToDictionary(row => row.Shard, ClaimOf);
            RunAndTell(() => HandOverAsync([.. duties.HandOver.Select(shard => claims[shard])]), new HandedOver());
        }
    }

    /// <summary>Beside the mailbox: entities take their time to stop, and the store may take its own, while the row has to be renewed.</summary>
    private async Task<IActorMessage> HandOverAsync(ImmutableArray<ShardClaim> shards)
    {
        foreach (var some in shards.Chunk(HandOversAtOnce))
        {
            await Task.WhenAll(some.Select(host.ReleaseShardAsync));
        }

        return new HandedOver();
    }

    private void Learn(ShardRow row)
    {
        var claim = ClaimOf(row);
        if (row.InForce)
        {
            host.Learn(claim);
            return;
        }

        host.LearnReleased(claim);
        if (placement.PreferredOwner(claim.Shard) == host.Node.Node)
        {
            host.AcquireShard(claim.Shard);
        }
    }

    private static ShardClaim ClaimOf(ShardRow row) => new(new ShardId(row.Shard), row.Owner, row.Epoch);

    private void OnNoticed(StoreNotice notice) => Tell(new StoreNoticed(notice));

    private void OnOwned(ShardClaim claim) => Run(async () =>
    {
        var entities = await ListAsync(claim);
        foreach (var entity in entities)
        {
            host.Wake(entity);
        }
    });

    /// <summary>What is stored in a shard, asked until the store says it: what nobody starts has no timers and never ends.</summary>
    private async Task<ImmutableArray<EntityAddress>> ListAsync(ShardClaim claim)
    {
        while (host.FindKnownClaim(claim.Shard) is { } known && known == claim)
        {
            try
            {
                return await store.ListShardAsync(claim.Shard, _stopped.Token);
            }
            catch (StoreUnavailableException)
            {
                await Task.Delay(membership.Times.RenewInterval, Context.Time, _stopped.Token);
            }
        }

        return [];
    }

    private static partial class Log
    {
        [LoggerMessage(70, LogLevel.Information, "Members: {Members}")]
        public static partial void Members(ILogger logger, string members);

        [LoggerMessage(71, LogLevel.Warning, "No link reaches {Node}; this node votes to declare it dead")]
        public static partial void Voting(ILogger logger, NodeIncarnation node);

        [LoggerMessage(72, LogLevel.Warning, "{Node} was declared dead; its shards go to others")]
        public static partial void Ended(ILogger logger, NodeIncarnation node);

        [LoggerMessage(73, LogLevel.Warning, "{Node} was declared dead by others; this node keeps its calls, gives up its shards and joins again")]
        public static partial void DeclaredDead(ILogger logger, NodeIncarnation node);

        [LoggerMessage(74, LogLevel.Warning, "The lease has run out: {IsProvisional}; what this node owns it goes on with until it knows more")]
        public static partial void Provisional(ILogger logger, bool isProvisional);

        [LoggerMessage(75, LogLevel.Warning, "Joining again failed")]
        public static partial void NotRejoined(ILogger logger, Exception error);

        [LoggerMessage(76, LogLevel.Error, "Membership failed")]
        public static partial void Failed(ILogger logger, Exception error);
    }
}
