using VoiceCluster.Domain.Identities;
using VoiceCluster.Media.Forwarding;
using VoiceCluster.Media.Sessions;
using VoiceCluster.Media.Tests.Support;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Media.Tests.Forwarding;

public sealed class SessionIndexTests
{
    [Fact]
    public void Every_source_of_a_block_finds_its_session_and_its_neighbours_do_not()
    {
        var session = NewSession(new Ssrc(160));
        var index = SessionIndex.Empty.Add(new Ssrc(160), session);

        Enumerable.Range(160, 16).ShouldAllBe(ssrc => ReferenceEquals(index.Find((uint)ssrc), session));
        index.Find(159).ShouldBeNull();
        index.Find(176).ShouldBeNull();
        index.Find(0).ShouldBeNull();
        index.Find(uint.MaxValue).ShouldBeNull();
    }

    [Fact]
    public void Thousands_are_added_found_and_removed_and_older_indexes_stay_as_they_were()
    {
        var random = new Random(3);
        var firsts = Enumerable.Range(0, 3000).Select(_ => new Ssrc((uint)random.Next(1, 1 << 20) * 16)).Distinct().ToList();
        var sessions = firsts.ToDictionary(first => first, NewSession);
        var index = firsts.Aggregate(SessionIndex.Empty, (current, first) => current.Add(first, sessions[first]));

        index.Count.ShouldBe(firsts.Count);
        firsts.ShouldAllBe(first => ReferenceEquals(index.Find(first.Value + 7), sessions[first]));

        var half = firsts.Take(firsts.Count / 2).Aggregate(index, (current, first) => current.Remove(first));
        half.Count.ShouldBe(firsts.Count - (firsts.Count / 2));
        firsts.Take(firsts.Count / 2).ShouldAllBe(first => half.Find(first.Value) == null);
        firsts.Skip(firsts.Count / 2).ShouldAllBe(first => ReferenceEquals(half.Find(first.Value), sessions[first]));
        index.Find(firsts[0].Value).ShouldNotBeNull();
        half.All().Count().ShouldBe(half.Count);
    }

    [Fact]
    public void Removing_what_is_not_there_changes_nothing() => SessionIndex.Empty.Remove(new Ssrc(16)).Count.ShouldBe(0);

    private static MediaSession NewSession(Ssrc first) =>
        new(new MediaSessionId(first.Value), MediaBed.Room, new Snowflake(1), new LiveRoute(), memberIndex: 0, slot: 0, first);
}
