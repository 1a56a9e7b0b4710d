using System.Collections.Immutable;
using VoiceCluster.Domain.Channels;
using static VoiceCluster.Domain.Tests.Sample;

namespace VoiceCluster.Domain.Tests.Channels;

/// <summary>Requests that arrive after newer ones, because the node that had them could not reach the channel's owner.</summary>
public sealed class LateChannelRequestTests
{
    private VoiceChannel _channel = new() { Key = Channel };
    private DateTimeOffset _now = Start;

    [Fact]
    public void A_late_end_does_not_end_a_channel_that_was_asked_for_since()
    {
        When(0, Ensure());
        When(3, Ensure()).ShouldContain(change => change is VoiceChannelEvent.AskedFor);

        var destroy = Late(5, new VoiceChannelCommand.Destroy(At(1)));
        _channel.IsOvertaken(destroy, _now).ShouldBeTrue();
        When(destroy).ShouldBeEmpty();
        _channel.Definition.ShouldNotBeNull();
    }

    [Fact]
    public void A_late_end_does_not_end_a_channel_that_was_made_again_since()
    {
        When(0, Ensure());
        When(2, new VoiceChannelCommand.Destroy(At(2))).ShouldNotBeEmpty();
        When(3, Ensure());

        When(Late(5, new VoiceChannelCommand.Destroy(At(1)))).ShouldBeEmpty();
    }

    [Fact]
    public void A_late_end_that_is_the_newest_request_ends_the_channel()
    {
        When(0, Ensure());

        When(Late(9, new VoiceChannelCommand.Destroy(At(1)))).ShouldHaveSingleItem().ShouldBeOfType<VoiceChannelEvent.Destroyed>();
        _channel.Definition.ShouldBeNull();
    }

    [Fact]
    public void A_join_into_the_channel_overtakes_a_late_end_and_no_late_bitrate()
    {
        When(0, Ensure(64_000));
        When(3, Ensure());

        When(Late(5, new VoiceChannelCommand.Destroy(At(1)))).ShouldBeEmpty();
        When(Late(5, new VoiceChannelCommand.Update(96_000, At(1)))).ShouldNotBeEmpty();
        _channel.Definition!.BitrateBps.ShouldBe(96_000);
    }

    [Fact]
    public void A_late_bitrate_does_not_undo_a_newer_one_even_if_that_changed_nothing()
    {
        When(0, Ensure(64_000));
        When(3, new VoiceChannelCommand.Update(64_000, At(3)));

        var update = Late(5, new VoiceChannelCommand.Update(96_000, At(1)));
        _channel.IsOvertaken(update, _now).ShouldBeTrue();
        When(update).ShouldBeEmpty();
        When(Late(5, Ensure(96_000, askedAt: At(2))));
        _channel.Definition!.BitrateBps.ShouldBe(64_000);
    }

    [Fact]
    public void A_bitrate_that_was_meant_for_an_earlier_channel_of_that_name_does_not_come_into_force()
    {
        When(0, Ensure());
        When(2, new VoiceChannelCommand.Destroy(At(2)));
        When(3, Ensure());

        When(Late(5, new VoiceChannelCommand.Update(96_000, At(1)))).ShouldBeEmpty();
        _channel.Definition!.BitrateBps.ShouldBe(VoiceChannel.DefaultBitrateBps);
    }

    private static DateTimeOffset At(int second) => Start.AddSeconds(second);

    private static VoiceChannelCommand.Ensure Ensure(int? bitrateBps = null, DateTimeOffset? askedAt = null) => new(bitrateBps, "lvsp-1", "salt", AskedAt: askedAt);

    /// <summary>A request that comes straight, at a second after the start.</summary>
    private ImmutableArray<VoiceChannelEvent> When(int second, VoiceChannelCommand command) =>
        When(Late(second, command is VoiceChannelCommand.Ensure ensure ? ensure with { AskedAt = At(second) } : command));

    private TCommand Late<TCommand>(int second, TCommand command)
    {
        _now = At(second);
        return command;
    }

    private ImmutableArray<VoiceChannelEvent> When(VoiceChannelCommand command)
    {
        var events = _channel.Decide(command, IdleTimeout, _now);
        _channel = events.Aggregate(_channel, (channel, change) => channel.Apply(change));
        return events;
    }
}
