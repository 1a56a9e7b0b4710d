using VoiceCluster.LoadGen.Scaling;
using VoiceCluster.TestKit;

namespace VoiceCluster.LoadGen.Tests.Scaling;

public sealed class CostModelTests
{
    [Fact]
    public void The_document_has_the_tables_that_the_model_makes()
    {
        var document = File.ReadAllText(RepositoryRoot.PathOf("docs/scaling.md")).ReplaceLineEndings("\n");
        document.ShouldContain($"<!-- loadgen scaling --model -->\n{new CostModel(new CostInputs()).Write()}<!-- end -->");
    }

    [Fact]
    public void The_document_has_the_costs_that_were_counted()
    {
        var document = File.ReadAllText(RepositoryRoot.PathOf("docs/scaling.md"));
        document.ShouldContain($"| **join together** | **{ControlCosts.WritesPerJoin}** | 8 | **{ControlCosts.ReadsPerJoin}** | **{ControlCosts.MessagesPerJoin} + others** |");
        document.ShouldContain($"| **leave** | **{ControlCosts.WritesPerLeave}** | the voice state and its entries go | 0 | **{ControlCosts.MessagesPerLeave} + others** |");
    }

    [Fact]
    public void Copies_per_user_follow_from_the_sizes_of_channels()
    {
        // Channels of one and two users, a quarter as many of the latter: a third of all users, each sent what the other says.
        var users = new ScalingOptions { Nodes = 1, Users = 1, LargestChannel = 2, TalkProbability = 0.5 };
        new CostModel(new CostInputs { Users = users }).CopiesPerUser.ShouldBe(50 / 4.0 / 1.5, 1e-9);
    }

    [Fact]
    public void A_node_more_costs_the_store_one_renewal_per_second()
    {
        var model = new CostModel(new CostInputs());
        (model.UsersByStore(1) - model.UsersByStore(5)).ShouldBe(4 * 1_800.0 / (ControlCosts.WritesPerJoin + ControlCosts.WritesPerLeave), 1e-3);
        model.UsersByStore(100_000).ShouldBe(0);
    }
}
