using System.Collections.Immutable;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;
using static VoiceCluster.Domain.Tests.Sample;

namespace VoiceCluster.Domain.Tests.Channels;

public sealed class VoiceChannelTests
{
    private VoiceChannel _channel = new() { Key = Channel };
    private DateTimeOffset _now = Start;

    [Fact]
    public void Ensure_Unknown_CreatesWithDefaultBitrate()
    {
        var created = When(new VoiceChannelCommand.Ensure(null, "lvsp-1", "salt")).ShouldHaveSingleItem().ShouldBeOfType<VoiceChannelEvent.Created>();
        created.Definition.ShouldBe(new ChannelDefinition(VoiceChannel.DefaultBitrateBps, "salt", "lvsp-1"));
        _channel.NextDeadline.ShouldBe(Start + IdleTimeout);
    }

    [Fact]
    public void Ensure_Known_KeepsTokenAndBitrate()
    {
        Given(Ensure(), new VoiceChannelCommand.Update(96_000));
        When(Ensure()).ShouldBeEmpty();
        Given(new VoiceChannelCommand.Ensure(null, "lvsp-2", "other"));
        _channel.Definition.ShouldBe(new ChannelDefinition(96_000, "salt", "lvsp-2"));
    }

    [Fact]
    public void A_channel_knows_on_which_nodes_its_members_are()
    {
        var (one, two) = (new NodeId("node-1"), new NodeId("node-2"));
        Given(Ensure(), On(1, 1, one), On(2, 1, two), On(3, 1, two), On(4, 1, node: null));
        _channel.Nodes.ShouldBe([new(one, 1), new(two, 2)], ignoreOrder: true);

        Given(On(2, 1, one), new VoiceChannelCommand.RemoveMember(new Snowflake(3), 2), new VoiceChannelCommand.RemoveMember(new Snowflake(4), 2));
        _channel.Nodes.ShouldBe([new(one, 2)]);

        static VoiceChannelCommand On(ulong user, long revision, NodeId? node) => new VoiceChannelCommand.ProjectMember(new Snowflake(user), revision, default, node);
    }

    [Fact]
    public void Destroy_ThenEnsure_HasAnotherToken()
    {
        Given(Ensure(), Member(1), new VoiceChannelCommand.Destroy());
        _channel.Members.ShouldBeEmpty();
        Given(new VoiceChannelCommand.Ensure(null, "lvsp-1", "second"));
        _channel.Definition!.TokenSalt.ShouldBe("second");
    }

    [Fact]
    public void Commands_OnAChannelThatDoesNotExist_ChangeNothing()
    {
        When(new VoiceChannelCommand.Destroy()).ShouldBeEmpty();
        When(new VoiceChannelCommand.Update(96_000)).ShouldBeEmpty();
        When(Member(1)).ShouldBeEmpty();
        When(Attach(1, 16)).ShouldHaveSingleItem().ShouldBeOfType<VoiceChannelEvent.SessionRefused>().Reason.ShouldBe(AttachRefusal.NoChannel);
    }

    [Fact]
    public void ProjectMember_LowerRevision_IsIgnored()
    {
        Given(Ensure(), Member(1, revision: 5, flags: Muted));
        When(Member(1, revision: 4)).ShouldBeEmpty();
        _channel.Members[new Snowflake(1)].Flags.ShouldBe(Muted);
    }

    [Fact]
    public void ProjectMember_AfterALaterRemoval_DoesNotBringHimBack()
    {
        Given(Ensure(), Member(1, revision: 5), new VoiceChannelCommand.RemoveMember(new Snowflake(1), 6));
        When(Member(1, revision: 5)).ShouldBeEmpty();
        When(Member(1, revision: 7)).ShouldNotBeEmpty();
    }

    [Fact]
    public void RemoveMember_LowerRevision_IsIgnored()
    {
        Given(Ensure(), Member(1, revision: 5));
        When(new VoiceChannelCommand.RemoveMember(new Snowflake(1), 4)).ShouldBeEmpty();
    }

    [Fact]
    public void Departures_AreForgottenAfterAWhile()
    {
        Given(Ensure(), Member(1, revision: 5), new VoiceChannelCommand.RemoveMember(new Snowflake(1), 6));
        _now += TimeSpan.FromMinutes(3);
        Given(Member(2, revision: 1), new VoiceChannelCommand.RemoveMember(new Snowflake(2), 2));
        When(Member(1, revision: 5)).ShouldNotBeEmpty();
    }

    [Fact]
    public void AttachSession_OfAStranger_IsRefused()
    {
        Given(Ensure());
        When(Attach(1, 16)).ShouldHaveSingleItem().ShouldBeOfType<VoiceChannelEvent.SessionRefused>().Reason.ShouldBe(AttachRefusal.NotMember);
    }

    [Fact]
    public void AttachSession_SourceOfAnother_IsRefusedUntilItIsFree()
    {
        Given(Ensure(), Member(1), Member(2), Attach(1, 16));
        When(Attach(2, 16)).ShouldHaveSingleItem().ShouldBeOfType<VoiceChannelEvent.SessionRefused>().Reason.ShouldBe(AttachRefusal.SourceTaken);
        Given(new VoiceChannelCommand.DetachSession(Session(1, 16).ClaimId));
        When(Attach(2, 16)).ShouldHaveSingleItem().ShouldBeOfType<VoiceChannelEvent.SessionAttached>();
    }

    [Fact]
    public void EnterCall_TellsThatTheUserIsNewOnce()
    {
        Given(Ensure(), Member(1), Attach(1, 16));
        When(Enter(1)).ShouldHaveSingleItem().ShouldBeOfType<VoiceChannelEvent.SessionEntered>().UserIsNew.ShouldBeTrue();
        When(Enter(1)).ShouldBeEmpty();
    }

    [Fact]
    public void During_a_relocation_the_others_learn_the_new_source_and_the_user_never_leaves()
    {
        Given(Ensure(), Member(1), Attach(1, 16), Enter(1), new VoiceChannelCommand.SetSpeaking(Session(1, 16).ClaimId, SpeakingFlags.Voice));
        var second = Session(1, 32) with { ClaimId = Guid.NewGuid() };
        Given(new VoiceChannelCommand.AttachSession(second));

        var events = When(new VoiceChannelCommand.EnterCall(second.ClaimId));

        events[0].ShouldBeOfType<VoiceChannelEvent.SessionEntered>().UserIsNew.ShouldBeFalse();
        events[1].ShouldBeOfType<VoiceChannelEvent.SpeakingChanged>().Session.Ssrc.ShouldBe(new Ssrc(32));
        When(new VoiceChannelCommand.DetachSession(Session(1, 16).ClaimId)).ShouldHaveSingleItem()
            .ShouldBeOfType<VoiceChannelEvent.SessionDetached>().UserLeft.ShouldBeFalse();
        When(new VoiceChannelCommand.DetachSession(second.ClaimId)).ShouldHaveSingleItem()
            .ShouldBeOfType<VoiceChannelEvent.SessionDetached>().UserLeft.ShouldBeTrue();
    }

    [Fact]
    public void What_was_said_before_entering_is_told_on_entering()
    {
        var video = new Video(new Ssrc(16), new Ssrc(17), new Ssrc(18));
        var claim = Session(1, 16).ClaimId;
        Given(Ensure(), Member(1), Attach(1, 16));
        Given(new VoiceChannelCommand.SetSpeaking(claim, SpeakingFlags.Voice), new VoiceChannelCommand.SetVideo(claim, video));

        var events = When(Enter(1));

        events.Length.ShouldBe(3);
        events[0].ShouldBeOfType<VoiceChannelEvent.SessionEntered>().UserIsNew.ShouldBeTrue();
        events[1].ShouldBeOfType<VoiceChannelEvent.SpeakingChanged>().Told.ShouldBe(SpeakingFlags.Voice);
        events[2].ShouldBeOfType<VoiceChannelEvent.VideoChanged>().Session.Video.ShouldBe(video);
    }

    [Fact]
    public void A_relocated_session_keeps_its_own_word_and_none_of_the_earlier_sources()
    {
        Given(Ensure(), Member(1), Attach(1, 16), Enter(1));
        Given(new VoiceChannelCommand.SetVideo(Session(1, 16).ClaimId, new Video(new Ssrc(16), new Ssrc(17))));
        var second = Session(1, 32) with { ClaimId = Guid.NewGuid(), Speaking = SpeakingFlags.Voice };
        Given(new VoiceChannelCommand.AttachSession(second), new VoiceChannelCommand.EnterCall(second.ClaimId));

        _channel.Sessions[second.ClaimId].Speaking.ShouldBe(SpeakingFlags.Voice);
        _channel.Sessions[second.ClaimId].Video.ShouldBeNull();
    }

    [Fact]
    public void SetCodecs_TellsOnlyOfAChange()
    {
        Given(Ensure(), Member(1), Attach(1, 16));
        var claim = Session(1, 16).ClaimId;
        Given(new VoiceChannelCommand.EnterCall(claim, [VoiceCodec.Opus]));
        When(new VoiceChannelCommand.SetCodecs(claim, [VoiceCodec.Opus])).ShouldBeEmpty();
        When(new VoiceChannelCommand.SetCodecs(claim, [])).ShouldHaveSingleItem().ShouldBeOfType<VoiceChannelEvent.CodecsChanged>();
        _channel.Sessions[claim].Codecs.ShouldBeEmpty();
    }

    [Fact]
    public void SetSpeaking_Zero_KeepsTheLastMaskForNewcomers()
    {
        Given(Ensure(), Member(1), Attach(1, 16), Enter(1), new VoiceChannelCommand.SetSpeaking(Session(1, 16).ClaimId, SpeakingFlags.Priority));
        var changed = When(new VoiceChannelCommand.SetSpeaking(Session(1, 16).ClaimId, SpeakingFlags.None))
            .ShouldHaveSingleItem().ShouldBeOfType<VoiceChannelEvent.SpeakingChanged>();
        changed.Told.ShouldBe(SpeakingFlags.None);
        changed.Session.Speaking.ShouldBe(SpeakingFlags.Priority);
    }

    [Fact]
    public void AnnounceSource_OnlyWhenHeNeverSaidSo()
    {
        Given(Ensure(), Member(1), Attach(1, 16), Enter(1));
        var claim = Session(1, 16).ClaimId;
        When(new VoiceChannelCommand.AnnounceSource(claim)).ShouldHaveSingleItem()
            .ShouldBeOfType<VoiceChannelEvent.SpeakingChanged>().Told.ShouldBe(SpeakingFlags.Voice);
        When(new VoiceChannelCommand.AnnounceSource(claim)).ShouldBeEmpty();
    }

    [Fact]
    public void RemoveMember_DetachesHisSessions()
    {
        Given(Ensure(), Member(1), Member(2), Attach(1, 16), Enter(1));
        var events = When(new VoiceChannelCommand.RemoveMember(new Snowflake(1), 9));
        events[0].ShouldBeOfType<VoiceChannelEvent.SessionDetached>().UserLeft.ShouldBeTrue();
        events[1].ShouldBeOfType<VoiceChannelEvent.MemberRemoved>().IdleUntil.ShouldBeNull();
        _channel.Sessions.ShouldBeEmpty();
    }

    [Fact]
    public void Expire_EmptyForTooLong_IsForgotten()
    {
        Given(Ensure(), Member(1), new VoiceChannelCommand.RemoveMember(new Snowflake(1), 9));
        _now += IdleTimeout - TimeSpan.FromSeconds(1);
        When(new VoiceChannelCommand.Expire()).ShouldBeEmpty();
        _now += TimeSpan.FromSeconds(1);
        When(new VoiceChannelCommand.Expire()).ShouldHaveSingleItem().ShouldBeOfType<VoiceChannelEvent.Destroyed>().Forgotten.ShouldBeTrue();
        _channel.Definition.ShouldBeNull();
    }

    [Fact]
    public void Expire_WithMembers_NeverComes()
    {
        Given(Ensure(), Member(1));
        _now += IdleTimeout * 2;
        _channel.NextDeadline.ShouldBeNull();
        When(new VoiceChannelCommand.Expire()).ShouldBeEmpty();
    }

    [Fact]
    public void PlanForwarding_SeveralWorkers_EachKnowsTheOthers()
    {
        Given(Ensure(), Member(1), Member(2), Attach(1, 16), Attach(2, 32, OtherWorker), Enter(1), Enter(2));
        var plans = _channel.PlanForwarding(epoch: 4, version: 9);
        var relay = plans.Single(plan => plan.Worker == Worker).Relays.ShouldHaveSingleItem();
        relay.Worker.ShouldBe(OtherWorker);
        relay.Listens.ShouldBeTrue();
        relay.Sources.ShouldBe([new PlannedSource(new Ssrc(32), Sends: true)]);
        plans.Single(plan => plan.Worker == OtherWorker).Relays.ShouldHaveSingleItem().Worker.ShouldBe(Worker);
    }

    [Fact]
    public void PlanForwarding_OneWorker_RelaysNothing()
    {
        Given(Ensure(), Member(1), Member(2), Attach(1, 16), Attach(2, 32), Enter(1), Enter(2));
        _channel.PlanForwarding(epoch: 4, version: 9).ShouldHaveSingleItem().Relays.ShouldBeEmpty();
    }

    [Fact]
    public void PlanForwarding_HasOnePlanForEachWorkerAndOnlyThoseInTheCall()
    {
        Given(Ensure(), Member(1), Member(2), Member(3), Attach(1, 16), Attach(2, 32, OtherWorker), Attach(3, 48), Enter(1), Enter(2));

        var plans = _channel.PlanForwarding(epoch: 4, version: 9);

        plans.Length.ShouldBe(2);
        plans.ShouldAllBe(plan => plan.Epoch == 4 && plan.Version == 9 && plan.BitrateBps == VoiceChannel.DefaultBitrateBps);
        plans.SelectMany(plan => plan.Sessions).Select(session => session.Session.Value).Order().ShouldBe([1UL, 2UL]);
        _channel.PlanWithdrawal(OtherWorker, 4, 10).Sessions.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false, true, false, false, false, false, true)]
    [InlineData(false, false, false, false, true, false, true)]
    [InlineData(true, false, false, false, false, true, false)]
    [InlineData(false, false, true, false, false, true, false)]
    [InlineData(false, false, false, true, false, true, true)]
    public void PlanForwarding_Flags_DecideWhoSendsAndReceives(
        bool deaf, bool mute, bool selfDeaf, bool selfMute, bool suppress, bool sends, bool receives)
    {
        Given(Ensure(), Member(1, flags: new VoiceFlags(deaf, mute, selfDeaf, selfMute, suppress)), Attach(1, 16), Enter(1));
        var planned = _channel.PlanForwarding(1, 1).ShouldHaveSingleItem().Sessions.ShouldHaveSingleItem();
        planned.Sends.ShouldBe(sends);
        planned.Receives.ShouldBe(receives);
    }

    private static VoiceChannelCommand.Ensure Ensure() => new(null, "lvsp-1", "salt");

    private static VoiceChannelCommand.ProjectMember Member(ulong user, long revision = 1, VoiceFlags flags = default) =>
        new(new Snowflake(user), revision, flags);

    private static VoiceChannelCommand.AttachSession Attach(ulong user, uint ssrc, Domain.Identities.WorkerId? worker = null) =>
        new(Session(user, ssrc, worker));

    private static VoiceChannelCommand.EnterCall Enter(ulong user) => new(Session(user, 0).ClaimId);

    private void Given(params ReadOnlySpan<VoiceChannelCommand> commands)
    {
        foreach (var command in commands)
        {
            When(command).ShouldNotBeEmpty();
        }
    }

    private ImmutableArray<VoiceChannelEvent> When(VoiceChannelCommand command)
    {
        var events = _channel.Decide(command, IdleTimeout, _now);
        _channel = events.Aggregate(_channel, (channel, change) => channel.Apply(change));
        return events;
    }
}
