using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Domain.VoiceStates;
using VoiceCluster.Protocol.Lvsp;
using static VoiceCluster.Domain.Tests.Sample;

namespace VoiceCluster.Domain.Tests.VoiceStates;

/// <summary>Requests that arrive after newer ones, because the node that had them could not reach the state's owner.</summary>
public sealed class LateRequestTests
{
    private static readonly VoiceFlagsPatch Unmute = new(null, Mute: false, null, null, null);
    private static readonly VoiceFlagsPatch Deafen = new(Deaf: true, null, null, null, null);

    private VoiceState _state = new() { Key = StateKey };
    private DateTimeOffset _now = Start;

    [Fact]
    public void A_late_leave_does_not_undo_a_newer_join_that_found_the_user_still_there()
    {
        When(0, Join(Channel));
        var leave = new VoiceStateCommand.Leave(Channel, AskedAt: At(1));
        When(3, Join(Channel, fresh: "again"));

        Pass(to: 5);
        _state.IsOvertaken(leave, _now).ShouldBeTrue();
        When(leave).ShouldBeEmpty();
        _state.Membership.ShouldNotBeNull();
    }

    [Fact]
    public void A_late_leave_does_not_undo_a_newer_move()
    {
        When(0, Join(Channel));
        When(3, Join(OtherChannel, fresh: "moved"));

        Pass(to: 5);
        When(new VoiceStateCommand.Leave(null, AskedAt: At(1))).ShouldBeEmpty();
        _state.Membership!.Channel.ShouldBe(OtherChannel);
    }

    [Fact]
    public void A_late_leave_that_is_the_newest_request_ends_the_state()
    {
        When(0, Join(Channel));
        When(1, Join(Channel));

        Pass(to: 9);
        var leave = new VoiceStateCommand.Leave(null, AskedAt: At(2));
        _state.IsOvertaken(leave, _now).ShouldBeFalse();
        When(leave).ShouldNotBeEmpty();
        _state.Membership.ShouldBeNull();
    }

    [Fact]
    public void A_join_that_comes_late_does_not_hide_that_a_newer_one_was_asked_for()
    {
        When(0, Join(Channel));
        When(4, Join(OtherChannel, fresh: "moved"));
        When(Join(Channel, fresh: "late") with { AskedAt = At(1) }).ShouldNotBeEmpty();

        Pass(to: 6);
        When(new VoiceStateCommand.Leave(null, AskedAt: At(2))).ShouldBeEmpty();
    }

    [Fact]
    public void What_the_cluster_does_with_a_user_overtakes_no_leave()
    {
        When(0, Join(Channel));
        Pass(to: 3);
        When(Claim(Guid.NewGuid())).ShouldNotBeEmpty();
        When(new VoiceStateCommand.Relocate("relocated")).ShouldNotBeEmpty();

        Pass(to: 5);
        When(new VoiceStateCommand.Leave(Channel, AskedAt: At(1))).ShouldNotBeEmpty();
        _state.Membership.ShouldBeNull();
    }

    [Fact]
    public void A_leave_that_comes_straight_counts_whatever_the_clocks_say()
    {
        When(10, Join(Channel));
        _now -= TimeSpan.FromSeconds(2);

        When(new VoiceStateCommand.Leave(Channel, AskedAt: _now)).ShouldNotBeEmpty();
    }

    [Fact]
    public void A_late_mute_does_not_undo_a_newer_unmute_that_had_nothing_to_change()
    {
        When(0, Join(Channel));
        When(3, new VoiceStateCommand.UpdateFlags(null, Unmute)).ShouldHaveSingleItem().ShouldBeOfType<VoiceStateEvent.FlagsRepeated>();

        Pass(to: 5);
        var mute = new VoiceStateCommand.UpdateFlags(null, Mute, AskedAt: At(1));
        _state.IsOvertaken(mute, _now).ShouldBeTrue();
        When(mute).ShouldBeEmpty();
        _state.Membership!.Flags.Mute.ShouldBeFalse();
    }

    [Fact]
    public void A_late_mute_counts_although_the_user_was_deafened_since()
    {
        When(0, Join(Channel));
        When(3, new VoiceStateCommand.UpdateFlags(null, Deafen));

        Pass(to: 5);
        When(new VoiceStateCommand.UpdateFlags(null, new VoiceFlagsPatch(Deaf: false, Mute: true, null, null, null), AskedAt: At(1)));
        _state.Membership!.Flags.ShouldBe(new VoiceFlags(Deaf: true, Mute: true, false, false, false));
    }

    [Fact]
    public void A_join_that_comes_late_moves_the_user_and_does_not_undo_newer_flags()
    {
        When(0, Join(Channel));
        When(3, new VoiceStateCommand.UpdateFlags(null, Mute));

        Pass(to: 5);
        When(Join(OtherChannel, flags: Unmute, fresh: "late") with { AskedAt = At(1) });
        _state.Membership!.Channel.ShouldBe(OtherChannel);
        _state.Membership.Flags.ShouldBe(Muted);
    }

    [Fact]
    public void What_flags_were_asked_for_moves_with_the_user()
    {
        When(0, Join(Channel));
        When(2, new VoiceStateCommand.UpdateFlags(null, Unmute));
        When(3, Join(OtherChannel, fresh: "moved"));

        Pass(to: 5);
        When(new VoiceStateCommand.UpdateFlags(null, Mute, AskedAt: At(1))).ShouldBeEmpty();
    }

    [Fact]
    public void Whether_the_user_is_there_is_decided_by_the_newest_request_however_late_leaves_come() =>
        Prop.ForAll(Requests().ToArbitrary(), requests =>
        {
            var state = Deliver(requests, request => request.Flag ? Join(Channel) : new VoiceStateCommand.Leave(null));
            return (state.Membership is not null) == requests[^1].Flag;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Whether_he_is_muted_is_decided_by_the_newest_request_however_late_others_come() =>
        Prop.ForAll(Requests().ToArbitrary(), requests =>
        {
            var state = Deliver(requests, request => new VoiceStateCommand.UpdateFlags(null, request.Flag ? Mute : Unmute), joined: true);
            return state.Membership!.Flags.Mute == requests[^1].Flag;
        }).QuickCheckThrowOnFailure();

    /// <summary>One request a second. The first and every join come straight; the rest up to 10 s late.</summary>
    private static Gen<IReadOnlyList<(bool Flag, int LateBy)>> Requests() =>
        from flags in Gen.Elements(true, false).ListOf()
        from delays in Gen.Choose(0, 10).ListOf()
        let late = delays.DefaultIfEmpty(3).ToList()
        select (IReadOnlyList<(bool, int)>)[.. flags.Prepend(true).Select((flag, index) => (flag, late[index % late.Count]))];

    private static VoiceState Deliver(IReadOnlyList<(bool Flag, int LateBy)> requests, Func<(bool Flag, int LateBy), VoiceStateCommand> command, bool joined = false)
    {
        var state = new VoiceState { Key = StateKey };
        var deliveries = requests
            .Select((request, index) => (Command: Stamped(command(request), At(index)), Asked: index, request.LateBy))
            .Select(delivery => (delivery.Command, At: At(delivery.Asked + (delivery.Command is VoiceStateCommand.Join ? 0 : delivery.LateBy))))
            .OrderBy(delivery => delivery.At);
        foreach (var (next, at) in joined ? deliveries.Prepend((Join(Channel), Start)) : deliveries)
        {
            state = state.Decide(next, Timeouts, at).Aggregate(state, (changed, change) => changed.Apply(change));
        }

        return state;
    }

    private static DateTimeOffset At(int second) => Start.AddSeconds(second);

    private static VoiceStateCommand Stamped(VoiceStateCommand command, DateTimeOffset askedAt) => command switch
    {
        VoiceStateCommand.Join join => join with { AskedAt = askedAt },
        VoiceStateCommand.Leave leave => leave with { AskedAt = askedAt },
        VoiceStateCommand.UpdateFlags update => update with { AskedAt = askedAt },
        _ => command,
    };

    /// <summary>A request that comes straight, at a second after the start.</summary>
    private ImmutableArray<VoiceStateEvent> When(int second, VoiceStateCommand command)
    {
        Pass(second);
        return When(Stamped(command, _now));
    }

    private ImmutableArray<VoiceStateEvent> When(VoiceStateCommand command)
    {
        var events = _state.Decide(command, Timeouts, _now);
        _state = events.Aggregate(_state, (state, change) => state.Apply(change));
        return events;
    }

    private void Pass(int to) => _now = At(to);
}
