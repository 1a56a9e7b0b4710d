using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Domain.Tests.Channels;

public sealed class CallSummaryTests
{
    [Fact]
    public void The_order_does_not_matter() => Of(1, 2, 3).ShouldBe(Of(3, 1, 2));

    [Fact]
    public void Nobody_is_the_default() => Of().ShouldBe(default);

    [Fact]
    public void Without_a_user_it_is_that_of_the_others() => Of(1, 2, 3).Without(new Snowflake(2)).ShouldBe(Of(1, 3));

    [Fact]
    public void Lists_whose_ids_have_the_same_sum_differ() => Of(1, 4).ShouldNotBe(Of(2, 3));

    [Fact]
    public void A_missing_user_is_noticed() => Prop.ForAll<ulong[], ulong>((ids, missing) =>
    {
        var others = ids.Where(id => id != missing).Distinct().Select(id => new Snowflake(id)).ToList();
        return CallSummary.Of([.. others, new Snowflake(missing)]) != CallSummary.Of(others);
    }).QuickCheckThrowOnFailure();

    private static CallSummary Of(params ulong[] users) => CallSummary.Of(users.Select(user => new Snowflake(user)));
}
