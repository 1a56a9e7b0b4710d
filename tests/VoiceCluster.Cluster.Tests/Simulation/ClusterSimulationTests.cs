using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Membership;
using VoiceCluster.Simulation;
using VoiceCluster.Simulation.Machinery;
using VoiceCluster.Simulation.Nodes;

namespace VoiceCluster.Cluster.Tests.Simulation;

/// <summary>A short run of what <c>VoiceCluster.Simulation</c> does at length, and broken nodes that it has to tell from whole ones.</summary>
public sealed class ClusterSimulationTests
{
    [Theory]
    [InlineData(11, 3)]
    [InlineData(12, 4)]
    [InlineData(13, 5)]
    public void Whatever_happens_to_nodes_links_clocks_and_the_store_nothing_is_found(int seed, int nodes)
    {
        var result = Run(new SimulationOptions { Seed = seed, Nodes = nodes, Steps = 150_000 });

        result.Finding.ShouldBeNull($"seed {seed}");
        result.Counts["episodes"].ShouldBeGreaterThan(1);
    }

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        var options = new SimulationOptions { Seed = 7, Steps = 40_000 };

        Run(options).Fingerprint.ShouldBe(Run(options).Fingerprint);
    }

    [Fact]
    public void A_store_that_does_not_look_at_epochs_is_found_out() =>
        Find(40, new Parts { Store = (store, node, run) => new UnfencedAccess(store, node, run) }).ShouldContain("took effect although");

    [Fact]
    public void A_worker_that_does_not_look_at_epochs_is_found_out() =>
        Find(188, new Parts { IsOutdated = (_, _) => false }).ShouldContain("obeys epoch");

    [Fact]
    public void A_claim_that_is_not_announced_is_found_out() =>
        Find(2, new Parts { Placement = placement => new SilentPlacement(placement) }).ShouldContain("has not told");

    [Fact]
    public void A_row_that_is_renewed_after_it_has_expired_is_found_out() =>
        Find(3, new Parts { Store = (store, node, run) => new UndyingAccess(store, node, run) }).ShouldContain("declared dead");

    /// <summary>Tries seeds, beginning with one that has shown it soon, since one alone may meet nothing when the code has changed.</summary>
    private static string Find(int firstSeed, Parts parts)
    {
        for (var seed = firstSeed; seed < firstSeed + 40; seed++)
        {
            if (Run(new SimulationOptions { Seed = seed, Steps = 150_000, Parts = parts }).Finding is { } finding)
            {
                return finding;
            }
        }

        return "nothing";
    }

    private static SimulationResult Run(SimulationOptions options) => new ClusterSimulation(options).Run();

    /// <summary>Writes whatever anybody sends, as if he were the owner.</summary>
    private sealed class UnfencedAccess(SimulatedStore store, NodeId node, Action<Action> run) : StoreAccess(store, node, run)
    {
        protected override async Task<bool> WriteAsync(ShardClaim claim, EntityCommit commit)
        {
            var row = (await Rows.ReadShardsAsync(CancellationToken.None)).First(row => row.Shard == claim.Shard.Value);
            return await Rows.CommitAsync(new ShardClaim(claim.Shard, row.Owner, row.Epoch), commit, CancellationToken.None);
        }
    }

    /// <summary>Renews the row of a life that is over: nobody is told that he is dead.</summary>
    private sealed class UndyingAccess(SimulatedStore store, NodeId node, Action<Action> run) : StoreAccess(store, node, run)
    {
        private MembershipTable? _last;

        protected override async Task<MembershipTable?> RenewRowAsync(NodeIncarnation node, MemberNews news) =>
            _last = await Rows.RenewAsync(node, news, CancellationToken.None) ?? _last;
    }

    private sealed class SilentPlacement(IShardPlacement inner) : IShardPlacement
    {
        public NodeId PreferredOwner(ShardId shard) => inner.PreferredOwner(shard);

        public bool IsDead(NodeIncarnation node) => inner.IsDead(node);

        public ValueTask AnnounceAsync(ShardClaim claim, CancellationToken cancellation) => ValueTask.CompletedTask;
    }
}
