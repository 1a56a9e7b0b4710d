using System.Net;
using VoiceCluster.Node.Configuration;

namespace VoiceCluster.Node.Tests.Configuration;

public sealed class AnswerAddressTests
{
    private static readonly IPAddress First = IPAddress.Parse("203.0.113.7");
    private static readonly IPAddress Second = IPAddress.Parse("203.0.113.8");

    [Fact]
    public void A_host_that_is_told_by_its_second_address_answers_from_its_first() =>
        AnswerAddress.FindOther(Second, [First, Second], First).ShouldBe(First);

    [Fact]
    public void An_address_that_is_translated_on_the_way_is_none_of_the_hosts_business() =>
        AnswerAddress.FindOther(Second, [First], First).ShouldBeNull();

    [Fact]
    public void An_address_that_is_routed_by_and_a_host_without_a_route_are_well()
    {
        AnswerAddress.FindOther(First, [First, Second], First).ShouldBeNull();
        AnswerAddress.FindOther(First, [First], null).ShouldBeNull();
    }

    [Fact]
    public void Who_listens_on_one_address_answers_from_it() =>
        AnswerAddress.FindOther(First, First).ShouldBeNull();
}
