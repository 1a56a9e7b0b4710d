using VoiceCluster.LoadGen.Chaos;

namespace VoiceCluster.LoadGen.Tests.Chaos;

public sealed class GhostHuntTests
{
    private static readonly HashSet<ulong> IsIn = [40, 41];

    [Theory]
    [InlineData(3, 3, 0)]
    [InlineData(4, 3, 1)]
    [InlineData(2, 3, 0)]
    public void A_node_has_ghosts_when_it_holds_more_than_is_connected_to_it(double there, int known, int ghosts) =>
        GhostHunt.TooMany(there, known).ShouldBe(ghosts);

    [Fact]
    public void A_row_that_is_missing_does_not_make_up_for_one_that_is_too_much() =>
        GhostHunt.TooMany(["default/20/40", "default/20/42"], IsIn).ShouldBe(1);

    [Fact]
    public void A_second_row_of_a_user_is_too_much() => GhostHunt.TooMany(["default/20/40", "default/21/40", "default/20/41"], IsIn).ShouldBe(1);

    [Fact]
    public void A_row_that_names_nobody_is_too_much() => GhostHunt.TooMany(["default/20/", "default"], IsIn).ShouldBe(2);

    [Fact]
    public void Rows_of_those_who_are_in_are_as_they_should_be() => GhostHunt.TooMany(["default/20/40", "default/20/41"], IsIn).ShouldBe(0);
}
