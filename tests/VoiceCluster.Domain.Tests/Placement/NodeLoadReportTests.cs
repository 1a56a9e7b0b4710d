namespace VoiceCluster.Domain.Tests.Placement;

public sealed class NodeLoadReportTests
{
    [Theory]
    [InlineData(0.4, 400, 0.001)]
    [InlineData(0.6, 300, 0.002)]
    [InlineData(0.1, 500, 0.001)] // never below the nominal share
    [InlineData(0.9, 60, 0.004)] // nor above four of them
    [InlineData(0.3, 10, 0.001)] // too few users to tell
    [InlineData(0, 0, 0.001)]
    public void A_user_costs_what_the_nodes_figures_say_within_reason(double load, int users, double cost) =>
        (PlacementBed.Node("a", load) with { Users = users }).CostPerUser.ShouldBe(cost, 1e-9);

    [Fact]
    public void A_node_without_capacity_does_not_divide_by_it() =>
        double.IsFinite((PlacementBed.Node("a", 0.5) with { CapacityUsers = 0 }).CostPerUser).ShouldBeTrue();
}
