using VoiceCluster.LoadGen.Scaling;

namespace VoiceCluster.LoadGen.Tests.Scaling;

/// <summary>A short run of <c>loadgen scaling</c>: what it shows of the placement has to hold on every machine.</summary>
public sealed class ScalingRunTests
{
    private static readonly ScalingOptions Options = new()
    {
        Nodes = 60,
        Users = 12_000,
        CrowdUsers = 1_500,
        LargestChannel = 300,
        FillSeconds = 60,
        PhaseSeconds = 90,
        MeanStaySeconds = 300,
    };

    private static readonly Lazy<ScalingResult> Shared = new(() => Run(Options));

    private static ScalingResult Result => Shared.Value;

    [Fact]
    public void Equal_seeds_give_equal_results_and_others_do_not()
    {
        var options = Options with { Nodes = 20, Users = 2_000, CrowdUsers = 200 };
        Describe(Run(options)).ShouldBe(Describe(Run(options)));
        Describe(Run(options with { Seed = 2 })).ShouldNotBe(Describe(Run(options)));
    }

    [Fact]
    public void Nobody_is_refused_while_half_of_the_cluster_is_free() => Result.Phases.ShouldAllBe(phase => phase.Counts.NoCapacity == 0);

    [Fact]
    public void No_node_is_filled_up()
    {
        foreach (var phase in Result.Phases)
        {
            phase.Counts.HighestLoad.ShouldBeLessThan(0.9, phase.Name);
            phase.Percentile(50).ShouldBeInRange(0.2, 0.7, phase.Name);
        }
    }

    [Fact]
    public void Most_channels_stay_on_one_node_and_a_crowd_is_spread()
    {
        ((double)Result.Relay.OnOneNode / Result.Relay.Channels).ShouldBeGreaterThan(0.95);
        Result.RelayWithCrowd.MostNodes.ShouldBeGreaterThan(3);
        Result.RelayWithCrowd.PacketsOut.ShouldBeGreaterThan(Result.Relay.PacketsOut);
    }

    [Fact]
    public void Users_of_a_node_that_fails_or_is_drained_are_all_placed_again()
    {
        foreach (var phase in Result.Phases)
        {
            phase.Users.ShouldBeInRange(Options.Users * 7 / 10, Options.Users + Options.CrowdUsers, phase.Name);
        }

        Phase("nodes fail").Counts.Moves.ShouldBeGreaterThan(50);
        Phase("nodes are drained").Counts.Moves.ShouldBeGreaterThan(50);
    }

    [Fact]
    public void A_node_that_is_being_drained_gets_users_only_until_that_is_known()
    {
        // Reports are two seconds old at most, and one node in fifty is drained.
        var phase = Phase("nodes are drained");
        phase.Counts.ToAvoided.ShouldBeLessThan(phase.Counts.Joins / 20);
    }

    [Fact]
    public void An_empty_node_that_comes_back_is_not_run_over()
    {
        var phase = Phase("they come back");
        phase.Counts.BusiestNode.ShouldBeLessThan((int)(phase.Counts.Joins / phase.Seconds));
    }

    [Fact]
    public void Channels_stay_in_their_region() => Result.Phases.Sum(phase => phase.Counts.Elsewhere).ShouldBeLessThan(Options.Users / 50);

    [Fact]
    public void A_shard_moves_only_when_its_owner_goes_or_comes()
    {
        Phase("steady").Counts.ShardsMoved.ShouldBe(0);
        Result.Phases.Sum(phase => phase.Counts.ShardsMoved).ShouldBeLessThan(80);
        Result.ShardsPerNode.Sum().ShouldBe(256);
    }

    [Fact]
    public void Each_join_writes_what_was_counted_on_a_real_node()
    {
        var counts = Phase("fill").Counts;
        var leaves = counts.Joins - Phase("fill").Users;
        counts.Writes.ShouldBe((counts.Joins * ControlCosts.WritesPerJoin) + (leaves * ControlCosts.WritesPerLeave));
    }

    [Fact]
    public void Bottlenecks_come_in_the_order_in_which_they_give_way()
    {
        var shares = Bottleneck.Of(Result).Select(bottleneck => bottleneck.Worst / bottleneck.Limit).ToList();
        shares.ShouldBe(shares.OrderDescending());
        shares.ShouldAllBe(share => double.IsFinite(share) && share >= 0);
    }

    [Fact]
    public void Channel_sizes_add_up_and_have_a_heavy_tail()
    {
        var sizes = new ChannelSizes(exponent: 2, largest: 1_000).Draw(100_000, new Random(7));
        sizes.Sum().ShouldBe(100_000);
        sizes.ShouldAllBe(size => size >= 1 && size <= 1_000);

        // 1 / zeta(2) of them are alone.
        ((double)sizes.Count(size => size == 1) / sizes.Count).ShouldBe(0.61, 0.03);
        sizes.Max().ShouldBeGreaterThan(200);
    }

    private static ScalingPhase Phase(string name) => Result.Phases.Single(phase => phase.Name == name);

    private static ScalingResult Run(ScalingOptions options) => new ScalingRun(options).Run(_ => { });

    private static string Describe(ScalingResult result) => string.Join(
        '\n',
        result.Phases.Select(phase => $"{phase.Name} {phase.Users} {string.Join(' ', phase.Loads)} {phase.Counts.Joins} {phase.Counts.Messages}")
            .Append(result.RelayWithCrowd.ToString()));
}
