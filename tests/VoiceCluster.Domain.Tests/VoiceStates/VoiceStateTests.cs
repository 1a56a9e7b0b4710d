using System.Collections.Immutable;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.VoiceStates;
using static VoiceCluster.Domain.Tests.Sample;

namespace VoiceCluster.Domain.Tests.VoiceStates;

public sealed class VoiceStateTests
{
    private static readonly Guid First = Guid.NewGuid();
    private static readonly Guid Second = Guid.NewGuid();

    private VoiceState _state = new() { Key = StateKey };
    private DateTimeOffset _now = Start;

    [Fact]
    public void Join_WithoutMembership_BeginsOneThatWaitsToBeClaimed()
    {
        var joined = When(Join(Channel)).ShouldHaveSingleItem().ShouldBeOfType<VoiceStateEvent.Joined>();

        joined.Left.ShouldBeNull();
        joined.Membership.SessionId.ShouldBe("fresh-session");
        joined.Membership.TokenSalt.ShouldBe("fresh-salt");
        joined.Membership.Origin.ShouldBe("lvsp-1");
        joined.Membership.ExpiresAt.ShouldBe(Start + Timeouts.Unclaimed);
        _state.Revision.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Join_WithSessionIdOfTheBackend_KeepsIt()
    {
        When(Join(Channel, sessionId: "gateway-session"));
        _state.Membership!.SessionId.ShouldBe("gateway-session");
    }

    [Fact]
    public void Join_Repeated_KeepsSessionAndTokenAndMergesFlags()
    {
        Given(Join(Channel));
        var revision = _state.Revision;

        var events = When(Join(Channel, flags: Mute, fresh: "second"));

        events.Length.ShouldBe(2);
        events[0].ShouldBeOfType<VoiceStateEvent.JoinRepeated>();
        events[1].ShouldBe(new VoiceStateEvent.FlagsChanged(Muted));
        _state.Membership!.SessionId.ShouldBe("fresh-session");
        _state.Membership.TokenSalt.ShouldBe("fresh-salt");
        _state.Membership.Flags.ShouldBe(Muted);
        _state.Revision.ShouldBe(revision);
    }

    [Fact]
    public void A_user_is_where_he_was_sent_until_he_is_somewhere()
    {
        Given(Join(Channel) with { Node = new NodeId("node-2") });
        _state.Membership!.Node.ShouldBe(new NodeId("node-2"));
        Given(Join(Channel));
        _state.Membership!.Node.ShouldBe(new NodeId("node-2"));
        Given(Join(Channel) with { Node = new NodeId("node-3") });
        _state.Membership!.Node.ShouldBe(new NodeId("node-3"));

        Given(Claim(First));
        _state.Membership!.Node.ShouldBe(Gateway.Node);
    }

    [Fact]
    public void Join_RepeatedWhileUnclaimed_RenewsTheDeadline()
    {
        Given(Join(Channel));
        Pass(50);
        Given(Join(Channel));
        _state.NextDeadline.ShouldBe(_now + Timeouts.Unclaimed);
    }

    [Fact]
    public void Join_OtherChannel_MovesWithNewCredentialsAndKeepsFlags()
    {
        Given(Join(Channel, flags: Mute), Claim(First));
        var revision = _state.Revision;

        var joined = When(Join(OtherChannel, fresh: "moved")).ShouldHaveSingleItem().ShouldBeOfType<VoiceStateEvent.Joined>();

        joined.Left.ShouldBe(Channel);
        joined.Membership.Channel.ShouldBe(OtherChannel);
        joined.Membership.SessionId.ShouldBe("moved-session");
        joined.Membership.Flags.ShouldBe(Muted);
        joined.Membership.Claim.ShouldBeNull();
        joined.Leaving!.Claim.ClaimId.ShouldBe(First);
        joined.Leaving.UntilReady.ShouldBeFalse();
        _state.Revision.ShouldBeGreaterThan(revision);
    }

    [Fact]
    public void After_a_move_the_old_websocket_closes_when_the_new_state_is_claimed()
    {
        Given(Join(Channel), Claim(First), Join(OtherChannel, fresh: "moved"));

        var events = When(Claim(Second, "moved-session"));

        Ended(events).ShouldBe([(First, ClaimEnd.Removed)]);
        _state.Leaving.ShouldBeNull();
        _state.Membership!.Claim!.ClaimId.ShouldBe(Second);
    }

    [Fact]
    public void After_a_move_the_old_websocket_closes_after_five_seconds()
    {
        Given(Join(Channel), Claim(First), Join(OtherChannel, fresh: "moved"));
        _state.NextDeadline.ShouldBe(_now + Timeouts.LeavingClaim);
        Pass(5);

        Ended(When(new VoiceStateCommand.Expire())).ShouldBe([(First, ClaimEnd.Removed)]);
        _state.Membership.ShouldNotBeNull();
    }

    [Fact]
    public void A_second_move_closes_what_was_leaving_at_once()
    {
        Given(Join(Channel), Claim(First), Join(OtherChannel, fresh: "moved"), Claim(Second, "moved-session"));
        Ended(When(Join(Channel, fresh: "back"))).ShouldBeEmpty();

        var third = Guid.NewGuid();
        Given(Claim(third, "back-session"));
        _state.Membership!.Claim!.ClaimId.ShouldBe(third);
        _state.Leaving.ShouldBeNull();
    }

    [Fact]
    public void Relocate_KeepsSessionIdAndServesUntilTheNewClaimIsReady()
    {
        Given(Join(Channel), Claim(First));
        var revision = _state.Revision;

        Given(new VoiceStateCommand.Relocate("relocated-salt"));
        _state.Membership!.SessionId.ShouldBe("fresh-session");
        _state.Membership.TokenSalt.ShouldBe("relocated-salt");
        _state.Revision.ShouldBeGreaterThan(revision);
        _state.Leaving!.UntilReady.ShouldBeTrue();

        Ended(When(Claim(Second))).ShouldBeEmpty();
        Ended(When(new VoiceStateCommand.ClaimReady(Second))).ShouldBe([(First, ClaimEnd.Removed)]);
        _state.Leaving.ShouldBeNull();
    }

    [Fact]
    public void Relocate_ToANode_KeepsTheConnectionAsLongAsWasSaid()
    {
        Given(Join(Channel), Claim(First));
        var until = _now + TimeSpan.FromMinutes(10);
        Given(new VoiceStateCommand.Relocate("salt", new NodeId("node-2"), until, First));
        _state.Membership!.Node.ShouldBe(new NodeId("node-2"));
        _state.Leaving!.ClosesAt.ShouldBe(until);
        _state.Membership.ExpiresAt.ShouldBe(until + Timeouts.Unclaimed);
    }

    [Fact]
    public void Relocate_FromAConnection_IsForThatOneOnlyUntilTheUserHasGone()
    {
        Given(Join(Channel), Claim(First));
        When(new VoiceStateCommand.Relocate("salt", From: Second)).ShouldBeEmpty();
        Given(new VoiceStateCommand.Relocate("one", From: First));
        Given(new VoiceStateCommand.Relocate("two", From: First));
        _state.Membership!.TokenSalt.ShouldBe("two");
        _state.Leaving!.Claim.ClaimId.ShouldBe(First);

        Given(Claim(Second));
        When(new VoiceStateCommand.Relocate("three", From: First)).ShouldBeEmpty();
    }

    [Fact]
    public void Remain_TakesARelocationBackThatNobodyHasFollowed()
    {
        Given(Join(Channel), Claim(First), new VoiceStateCommand.Relocate("salt", new NodeId("node-2")));
        Given(new VoiceStateCommand.Remain(First));
        _state.Membership!.Claim!.ClaimId.ShouldBe(First);
        _state.Membership.Node.ShouldBe(Gateway.Node);
        _state.Leaving.ShouldBeNull();
        _state.NextDeadline.ShouldBeNull();

        Given(new VoiceStateCommand.Relocate("again"), Claim(Second));
        When(new VoiceStateCommand.Remain(First)).ShouldBeEmpty();
    }

    [Fact]
    public void LoseNode_WithTheConnection_SendsTheUserElsewhereAtOnce()
    {
        Given(Join(Channel), Claim(First));
        var events = When(new VoiceStateCommand.LoseNode(Gateway.Node, First, "lost-salt", new NodeId("node-2")));
        Ended(events).ShouldBe([(First, ClaimEnd.Expired)]);
        events[^1].ShouldBeOfType<VoiceStateEvent.Relocated>().Leaving.ShouldBeNull();
        _state.Membership!.Claim.ShouldBeNull();
        _state.Membership.SessionId.ShouldBe("fresh-session");
        _state.Membership.TokenSalt.ShouldBe("lost-salt");
        _state.Membership.Node.ShouldBe(new NodeId("node-2"));
        _state.NextDeadline.ShouldBe(_now + Timeouts.Unclaimed);
    }

    [Fact]
    public void LoseNode_OfAnotherConnectionOrPlace_ChangesNothing()
    {
        Given(Join(Channel), Claim(First));
        When(new VoiceStateCommand.LoseNode(Gateway.Node, Second, "salt", null)).ShouldBeEmpty();
        When(new VoiceStateCommand.LoseNode(Gateway.Node, null, "salt", null)).ShouldBeEmpty();
    }

    [Fact]
    public void LoseNode_OfTheOneThatAUserWasSentTo_SendsHimToAnother()
    {
        Given(Join(Channel) with { Node = new NodeId("node-2") });
        When(new VoiceStateCommand.LoseNode(new NodeId("node-3"), null, "salt", null)).ShouldBeEmpty();
        Given(new VoiceStateCommand.LoseNode(new NodeId("node-2"), null, "salt", new NodeId("node-3")));
        _state.Membership!.Node.ShouldBe(new NodeId("node-3"));
    }

    [Fact]
    public void LoseNode_WithAConnectionThatWasLeaving_EndsThatOneOnly()
    {
        Given(Join(Channel), Claim(First), new VoiceStateCommand.Relocate("salt"), Claim(Second));
        Ended(When(new VoiceStateCommand.LoseNode(Gateway.Node, First, "lost", null))).ShouldBe([(First, ClaimEnd.Expired)]);
        _state.Membership!.Claim!.ClaimId.ShouldBe(Second);
        _state.Membership.TokenSalt.ShouldBe("salt");
    }

    [Fact]
    public void Relocate_Twice_ClosesTheOlderClaim()
    {
        Given(Join(Channel), Claim(First), new VoiceStateCommand.Relocate("one"), Claim(Second));

        Ended(When(new VoiceStateCommand.Relocate("two"))).ShouldBe([(First, ClaimEnd.Removed)]);
        _state.Leaving!.Claim.ClaimId.ShouldBe(Second);
    }

    [Theory]
    [InlineData("fresh-session", false, true)]
    [InlineData("foreign", false, false)]
    [InlineData("foreign", true, true)]
    public void Claim_SessionId_IsCheckedUnlessTheFirstMayBringAny(string sessionId, bool acceptAny, bool granted)
    {
        Given(Join(Channel));
        When(Claim(First, sessionId, acceptAny)).IsEmpty.ShouldBe(!granted);
    }

    [Fact]
    public void Claim_AfterFirstUse_HoldsTheUserToHisSessionId()
    {
        Given(Join(Channel), Claim(First, "his-own", acceptAny: true));
        When(Claim(Second, "another", acceptAny: true)).ShouldBeEmpty();
        When(Claim(Second, "his-own", acceptAny: true)).ShouldNotBeEmpty();
    }

    [Fact]
    public void Claim_Repeated_ReplacesTheEarlierWebsocket()
    {
        Given(Join(Channel), Claim(First));
        Ended(When(Claim(Second))).ShouldBe([(First, ClaimEnd.Replaced)]);
        _state.Membership!.Claim!.ClaimId.ShouldBe(Second);
    }

    [Fact]
    public void Claim_WithoutMembership_IsRefused() => When(Claim(First)).ShouldBeEmpty();

    [Fact]
    public void Detach_ThenReattach_ClearsTheDeadline()
    {
        Given(Join(Channel), Claim(First));
        Given(new VoiceStateCommand.Detach(First));
        _state.NextDeadline.ShouldBe(_now + Timeouts.Resume);
        Given(new VoiceStateCommand.Reattach(First));
        _state.NextDeadline.ShouldBeNull();
    }

    [Fact]
    public void Expire_AfterTheResumeWindow_EndsAsDisconnected()
    {
        Given(Join(Channel), Claim(First), new VoiceStateCommand.Detach(First));
        Pass(44);
        When(new VoiceStateCommand.Expire()).ShouldBeEmpty();
        Pass(1);

        var events = When(new VoiceStateCommand.Expire());
        Ended(events).ShouldBe([(First, ClaimEnd.Expired)]);
        events[^1].ShouldBeOfType<VoiceStateEvent.Ended>().Reason.ShouldBe(VoiceStateEnd.Disconnected);
        _state.Membership.ShouldBeNull();
    }

    [Fact]
    public void Expire_NeverClaimed_EndsAsUnclaimed()
    {
        Given(Join(Channel));
        Pass(60);
        When(new VoiceStateCommand.Expire())[^1].ShouldBeOfType<VoiceStateEvent.Ended>().Reason.ShouldBe(VoiceStateEnd.Unclaimed);
    }

    [Fact]
    public void Release_LetsTheStateWaitToBeClaimedAgain()
    {
        Given(Join(Channel), Claim(First), new VoiceStateCommand.Release(First));
        _state.Membership!.Claim.ShouldBeNull();
        _state.NextDeadline.ShouldBe(_now + Timeouts.Resume);
        Given(Claim(Second));
        _state.NextDeadline.ShouldBeNull();
    }

    [Fact]
    public void Release_OfAClaimThatWasReplaced_ChangesNothing()
    {
        Given(Join(Channel), Claim(First), Claim(Second));
        When(new VoiceStateCommand.Release(First)).ShouldBeEmpty();
        When(new VoiceStateCommand.Detach(First)).ShouldBeEmpty();
    }

    [Fact]
    public void Leave_ClosesTheWebsocketAndEnds()
    {
        Given(Join(Channel), Claim(First));
        var events = When(new VoiceStateCommand.Leave(Channel));
        Ended(events).ShouldBe([(First, ClaimEnd.Removed)]);
        events[^1].ShouldBeOfType<VoiceStateEvent.Ended>().Reason.ShouldBe(VoiceStateEnd.Left);
    }

    [Fact]
    public void Leave_OfTheChannelMovedAwayFrom_ChangesNothing()
    {
        Given(Join(Channel), Join(OtherChannel, fresh: "moved"));
        When(new VoiceStateCommand.Leave(Channel)).ShouldBeEmpty();
        When(new VoiceStateCommand.Leave(null)).ShouldNotBeEmpty();
    }

    [Fact]
    public void LoseChannel_TerminatesTheCall()
    {
        Given(Join(Channel), Claim(First));
        When(new VoiceStateCommand.LoseChannel(OtherChannel)).ShouldBeEmpty();
        Ended(When(new VoiceStateCommand.LoseChannel(Channel))).ShouldBe([(First, ClaimEnd.CallTerminated)]);
        _state.Membership.ShouldBeNull();
    }

    [Fact]
    public void UpdateFlags_OnlyTellsWhatChanged()
    {
        Given(Join(Channel));
        When(new VoiceStateCommand.UpdateFlags(null, Mute)).ShouldBe([new VoiceStateEvent.FlagsChanged(Muted)]);
        When(new VoiceStateCommand.UpdateFlags(null, Mute)).ShouldBeEmpty();
        When(new VoiceStateCommand.UpdateFlags(OtherChannel, default)).ShouldBeEmpty();
    }

    [Fact]
    public void Revision_OfAStateBegunAnew_IsAboveTheOneThatEnded()
    {
        Given(Join(Channel), new VoiceStateCommand.Leave(null));
        var ended = _state.Revision;
        Pass(1);
        _state = new VoiceState { Key = StateKey };
        Given(Join(Channel));
        _state.Revision.ShouldBeGreaterThan(ended);
    }

    private static List<(Guid, ClaimEnd)> Ended(ImmutableArray<VoiceStateEvent> events) =>
        [.. events.OfType<VoiceStateEvent.ClaimEnded>().Select(ended => (ended.Claim.ClaimId, ended.Reason))];

    private void Given(params ReadOnlySpan<VoiceStateCommand> commands)
    {
        foreach (var command in commands)
        {
            When(command).ShouldNotBeEmpty();
        }
    }

    private ImmutableArray<VoiceStateEvent> When(VoiceStateCommand command)
    {
        var events = _state.Decide(command, Timeouts, _now);
        _state = events.Aggregate(_state, (state, change) => state.Apply(change));
        return events;
    }

    private void Pass(int seconds) => _now += TimeSpan.FromSeconds(seconds);
}
