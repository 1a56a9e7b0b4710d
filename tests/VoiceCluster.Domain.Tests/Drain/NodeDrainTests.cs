using VoiceCluster.Domain.Drain;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Protocol.Primitives;
using static VoiceCluster.Domain.Tests.Sample;

namespace VoiceCluster.Domain.Tests.Drain;

public sealed class NodeDrainTests
{
    private static readonly DrainOptions Options = new() { LeastBatch = 3 };

    private readonly NodeDrain _drain = new(Options);
    private readonly List<NodeSession> _here = [];
    private TimeSpan _now = TimeSpan.FromHours(1);
    private int _shards;
    private bool _hasElsewhere = true;

    private DrainFacts Facts => new(_here, _shards, _hasElsewhere);

    [Fact]
    public void A_node_that_is_not_emptied_is_left_alone()
    {
        Users(4);
        Step().ShouldBe(DrainStep.Nothing);
        _drain.IsOn.ShouldBeFalse();
    }

    [Fact]
    public void Shards_go_first_and_users_do_not_wait_for_them_for_ever()
    {
        Users(1);
        _shards = 80;
        Begin();
        Step().Move.ShouldBeEmpty();
        Pass(Options.HandOverTime);
        Step().Move.Length.ShouldBe(1);
    }

    [Fact]
    public void Users_go_in_batches_channel_by_channel_as_others_have_gone()
    {
        Users(2, channel: 31);
        Users(3, channel: 30);
        Begin();
        var first = Step().Move;
        first.Select(session => session.Channel.ChannelId.Value).ShouldBe([30UL, 30UL, 30UL]);
        Step().Move.ShouldBeEmpty();

        _here.Remove(first[0]);
        Step().Move.ShouldHaveSingleItem().Channel.ChannelId.Value.ShouldBe(31UL);
        _drain.Moved.ShouldBe(1);
    }

    [Fact]
    public void Of_many_users_more_go_at_a_time()
    {
        Users(320);
        Begin();
        Step().Move.Length.ShouldBe(10);
    }

    [Fact]
    public void Who_does_not_go_makes_room_for_others_and_is_told_again_later()
    {
        Users(5);
        Begin();
        var stubborn = Step().Move;
        Pass(Options.Patience);
        Step().Move.Length.ShouldBe(2);
        Pass(Options.AskAgainAfter - Options.Patience);
        Step().Move.ShouldBe(stubborn);
    }

    [Fact]
    public void At_the_deadline_and_not_before_the_rest_is_closed_each_once()
    {
        Users(2);
        Begin(seconds: 60);
        Step();
        Pass(TimeSpan.FromSeconds(59));
        Step().Close.ShouldBeEmpty();
        _drain.IsOver(Facts, _now).ShouldBeFalse();

        Pass(TimeSpan.FromSeconds(1));
        Step().Close.Length.ShouldBe(2);
        Step().ShouldBe(DrainStep.Nothing, new ByContent());
        _drain.IsOver(Facts, _now).ShouldBeTrue();
    }

    [Fact]
    public void It_is_over_when_nothing_is_left()
    {
        Users(1);
        _shards = 2;
        Begin();
        _drain.IsOver(Facts, _now).ShouldBeFalse();
        _shards = 0;
        _drain.IsOver(Facts, _now).ShouldBeFalse();
        _here.Clear();
        _drain.IsOver(Facts, _now).ShouldBeTrue();
        _drain.IsOn.ShouldBeTrue();
    }

    [Fact]
    public void Without_another_node_users_are_kept_and_who_waits_to_stop_is_told_soon()
    {
        Users(1);
        _shards = 256;
        _hasElsewhere = false;
        Begin();
        Pass(Options.HandOverTime + Options.NowherePatience);
        Step().ShouldBe(DrainStep.Nothing, new ByContent());
        _drain.IsOver(Facts, _now).ShouldBeTrue();

        _hasElsewhere = true;
        Step().Move.Length.ShouldBe(1);
        _drain.IsOver(Facts, _now).ShouldBeFalse();
    }

    [Fact]
    public void Another_deadline_counts_from_when_it_was_set()
    {
        Users(1);
        Begin(seconds: 60);
        Pass(TimeSpan.FromSeconds(50));
        Begin(seconds: 300);
        _drain.Left(_now).ShouldBe(TimeSpan.FromSeconds(300));
        Pass(TimeSpan.FromSeconds(290));
        Step().Close.ShouldBeEmpty();
    }

    [Fact]
    public void Cancelled_it_names_those_who_were_told_to_go_and_are_still_here()
    {
        Users(4);
        Begin();
        var told = Step().Move;
        _here.Remove(told[0]);
        Step();
        _drain.Cancel().Length.ShouldBe(3);
        _drain.IsOn.ShouldBeFalse();
        Step().ShouldBe(DrainStep.Nothing);
    }

    private void Begin(int seconds = 60) => _drain.Begin(TimeSpan.FromSeconds(seconds), _now);

    private DrainStep Step() => _drain.Step(Facts, _now);

    private void Pass(TimeSpan time) => _now += time;

    private void Users(int count, ulong channel = 30)
    {
        for (var user = 0; user < count; user++)
        {
            _here.Add(new NodeSession(
                Guid.NewGuid(), new VoiceStateKey(Sample.Realm, Guild, new Snowflake((ulong)_here.Count + 1)), new ChannelKey(Sample.Realm, Guild, new Snowflake(channel)), Gateway));
        }
    }

    private sealed class ByContent : IEqualityComparer<DrainStep>
    {
        public bool Equals(DrainStep? x, DrainStep? y) => x!.Move.SequenceEqual(y!.Move) && x.Close.SequenceEqual(y.Close);

        public int GetHashCode(DrainStep obj) => 0;
    }
}
