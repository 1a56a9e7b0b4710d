using System.Collections.Immutable;
using VoiceCluster.Client.Admin;
using VoiceCluster.LoadGen.Media;
using VoiceCluster.LoadGen.Spans;

namespace VoiceCluster.LoadGen.Tests.Spans;

public sealed class SpanResultTests
{
    private const string Near = "node-1";
    private const string Far = "node-2";

    [Fact]
    public void Each_packet_over_each_pair_once_and_heard_once_is_good()
    {
        var result = Result(Node(Near, said: 20, taken: 20, Far, sent: 20, received: 10), Node(Far, said: 10, taken: 10, Near, sent: 10, received: 20), Ear(30));

        result.Crossings.ShouldBe([new Crossing(Near, Far, 20, 20, 20), new Crossing(Far, Near, 10, 10, 10)]);
        result.IsOnce.ShouldBeTrue();
        result.IsWhole.ShouldBeTrue();
        SpanSection.Verdict(result).ShouldStartWith("2 of 2 pairs of nodes were crossed once by each packet (30 packets sealed, 0 lost)");
    }

    [Theory]
    [InlineData(21)]
    [InlineData(40)]
    [InlineData(19)]
    public void A_packet_that_is_sealed_twice_or_not_at_all_is_found(long sent) =>
        Result(Node(Near, said: 20, taken: 20, Far, sent, received: 10), Node(Far, said: 10, taken: 10, Near, sent: 10, received: 20), Ear(30)).IsOnce.ShouldBeFalse();

    [Fact]
    public void A_frame_that_came_with_the_one_after_it_is_none_of_the_node_s_own()
    {
        var far = Node(Far, said: 10, taken: 10, Near, sent: 10, received: 18);
        var relay = far.After.Relays[Near];
        var after = far.After with { Accepted = far.After.Accepted + 2, Relays = far.After.Relays.SetItem(Near, relay with { Recovered = 2 }) };

        var result = Result(Node(Near, said: 20, taken: 20, Far, sent: 20, received: 10), far with { After = after }, Ear(30));

        result.Nodes[1].AcceptedHere.ShouldBe(10);
        result.IsOnce.ShouldBeTrue();
        result.IsWhole.ShouldBeFalse();
    }

    [Fact]
    public void A_frame_that_is_heard_twice_is_found()
    {
        var ear = Ear(30);
        ear.Hear(new SpeechStamp(0, User: 0, Number: 0));

        Result(Node(Near, said: 20, taken: 20, Far, sent: 20, received: 10), Node(Far, said: 10, taken: 10, Near, sent: 10, received: 20), ear).IsOnce.ShouldBeFalse();
    }

    [Theory]
    [InlineData(21, 20, 20, 30)]
    [InlineData(20, 20, 19, 30)]
    [InlineData(20, 20, 20, 29)]
    public void What_a_node_did_not_take_what_got_lost_between_nodes_and_what_nobody_heard_is_missing(long said, long taken, long arrived, int heard)
    {
        var result = Result(Node(Near, said, taken, Far, sent: 20, received: 10), Node(Far, said: 10, taken: 10, Near, sent: 10, received: arrived), Ear(heard));

        result.IsWhole.ShouldBeFalse();
    }

    [Fact]
    public void The_table_has_a_row_for_each_node_and_a_column_for_each_way_between_them()
    {
        var section = SpanSection.Of(
            Result(Node(Near, said: 20, taken: 20, Far, sent: 20, received: 10), Node(Far, said: 10, taken: 10, Near, sent: 10, received: 20), Ear(30)));

        section.Columns.ShouldContain("to node-2");
        section.Rows.Select(row => (row[0], row[section.Columns.IndexOf("to node-1")], row[section.Columns.IndexOf("to node-2")]))
            .ShouldBe([(Near, "-", "20"), (Far, "10", "-")]);
        section.Rows.ShouldAllBe(row => row.Length == section.Columns.Length);
    }

    [Fact]
    public void Users_are_spread_and_some_of_each_node_really_listen()
    {
        var options = new SpanOptions { Nodes = 3, Users = 20, Speakers = 5, RealListeners = 2 };

        options.Listening().ShouldBe([6, 9, 7, 10, 5, 8]);
        options.Listening().GroupBy(options.NodeOf).ShouldAllBe(node => node.Count() == 2);
    }

    private static SpanResult Result(SpanNode near, SpanNode far, HeardFrames ear) => new(TimeSpan.FromSeconds(10), [near, far], [ear]);

    private static SpanNode Node(string name, long said, long taken, string peer, long sent, long received) =>
        new(name, Users: 2, Speakers: 1, said, Reading(peer, 5, 7, 9), Reading(peer, 5 + sent, 7 + received, 9 + taken + received));

    private static SpanReading Reading(string peer, long sent, long received, long accepted) => new()
    {
        CpuNanoseconds = accepted * 1_000_000,
        Received = accepted,
        Sent = sent,
        Accepted = accepted,
        Drops = ImmutableDictionary<string, long>.Empty,
        Relays = ImmutableDictionary<string, RelayReport>.Empty.Add(peer, new RelayReport(0, $"{peer}#1/0") { Sent = sent, Received = received }),
    };

    private static HeardFrames Ear(int frames)
    {
        var ear = new HeardFrames(Near);
        for (var number = 0u; number < frames; number++)
        {
            ear.Hear(new SpeechStamp(0, User: 0, number));
        }

        return ear;
    }
}
