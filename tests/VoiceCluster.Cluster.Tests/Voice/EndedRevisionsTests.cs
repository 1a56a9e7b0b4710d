using VoiceCluster.Cluster.VoiceStates;

namespace VoiceCluster.Cluster.Tests.Voice;

public sealed class EndedRevisionsTests
{
    private readonly EndedRevisions _ended = new();

    [Fact]
    public void Who_never_left_begins_at_0() => _ended.RevisionOf(VoiceBed.State(1)).ShouldBe(0);

    [Fact]
    public void Nobody_begins_above_what_others_left_with()
    {
        _ended.Add(VoiceBed.State(1), 10);
        _ended.RevisionOf(VoiceBed.State(1)).ShouldBe(10);
        _ended.RevisionOf(VoiceBed.State(2)).ShouldBe(0);
    }

    [Fact]
    public void Who_left_long_ago_begins_above_the_highest_that_is_not_known_for_each_any_more()
    {
        _ended.Add(VoiceBed.State(1), 10);
        _ended.Add(VoiceBed.State(2), 5);
        for (var i = 0; i < EndedRevisions.Capacity; i++)
        {
            _ended.Add(VoiceBed.State(3), 20 + i);
        }

        _ended.RevisionOf(VoiceBed.State(1)).ShouldBe(10);
        _ended.RevisionOf(VoiceBed.State(2)).ShouldBe(10);
        _ended.RevisionOf(VoiceBed.State(3)).ShouldBe(20 + EndedRevisions.Capacity - 1);
    }
}
