using System.Collections.Immutable;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Tests.Primitives;

public sealed class ValueArrayTests
{
    [Fact]
    public void Equal_elements_make_equal_arrays()
    {
        ValueArray<int> first = [1, 2, 3];
        ValueArray<int> second = [1, 2, 3];

        (first == second).ShouldBeTrue();
        first.GetHashCode().ShouldBe(second.GetHashCode());
        first.Equals((object)second).ShouldBeTrue();
        (first != [1, 2]).ShouldBeTrue();
        (first != [1, 2, 4]).ShouldBeTrue();
        first.Equals("other").ShouldBeFalse();
    }

    [Fact]
    public void The_default_value_is_the_empty_list()
    {
        ValueArray<string> array = default;

        array.Count.ShouldBe(0);
        array.IsEmpty.ShouldBeTrue();
        array.ShouldBeEmpty();
        (array == []).ShouldBeTrue();
        array.GetHashCode().ShouldBe(ImmutableArray<string>.Empty.ToValueArray().GetHashCode());
    }

    [Fact]
    public void Text_names_only_the_count() => ((ValueArray<string>)["secret"]).ToString().ShouldBe("String[1]");

    [Fact]
    public void Elements_are_read_by_index_and_in_order()
    {
        ValueArray<int> array = new List<int> { 4, 5 }.ToValueArray();

        array[1].ShouldBe(5);
        array.AsSpan().ToArray().ShouldBe([4, 5]);
        array.Select(item => item * 2).ShouldBe([8, 10]);
    }
}
