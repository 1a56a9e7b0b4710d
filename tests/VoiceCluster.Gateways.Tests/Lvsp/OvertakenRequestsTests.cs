using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.VoiceStates;
using VoiceCluster.Gateways.Lvsp;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Gateways.Tests.Lvsp;

/// <summary>A backend asks for something over a node that cannot reach the owner, and then for something else over one that can.</summary>
public sealed class OvertakenRequestsTests : IAsyncLifetime
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Deadline = TimeSpan.FromHours(1);
    private static readonly Snowflake User = new(40);
    private static readonly ChannelKey Channel = new(TwoNodes.Realm, new Snowflake(20), new Snowflake(30));
    private static readonly VoiceStateKey State = new(TwoNodes.Realm, Channel.ScopeId, User);
    private static readonly VoiceStateSelector Selector = VoiceStateSelector.ByChannel(User, Channel.ChannelId, Channel.GuildId);

    private static readonly LvspRequest Join = new VoiceStateCreate(User, Channel.ChannelId, Channel.GuildId, null, default);
    private static readonly LvspRequest Leave = new VoiceStateDestroy(Selector);
    private static readonly LvspRequest Destroy = new ChannelDestroy(Channel.ChannelId, Channel.GuildId);

    private readonly TwoNodes _nodes = new();

    public async Task InitializeAsync()
    {
        (await _nodes.Owner.AskAsync(Join)).ShouldContain(notice => notice is VoiceStateDone);
        (await _nodes.Other.AskAsync(Flags(mute: false))).ShouldBeEmpty();
    }

    public async Task DisposeAsync() => await _nodes.DisposeAsync();

    [Fact]
    public async Task A_leave_that_waits_is_carried_out_if_nothing_newer_was_asked_for()
    {
        await CarryOutLateAsync(Leave);
        (await MembershipAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task A_leave_that_waits_does_not_undo_a_join_that_was_asked_for_meanwhile()
    {
        await CarryOutLateAsync(Leave, meanwhile: Join);
        (await MembershipAsync()).ShouldNotBeNull().Channel.ShouldBe(Channel);
    }

    [Fact]
    public async Task A_mute_that_waits_is_carried_out_if_nothing_newer_was_asked_for()
    {
        await CarryOutLateAsync(Flags(mute: true), meanwhile: Join);
        (await MembershipAsync()).ShouldNotBeNull().Flags.Mute.ShouldBeTrue();
    }

    [Fact]
    public async Task A_mute_that_waits_does_not_undo_an_unmute_that_was_asked_for_meanwhile()
    {
        await CarryOutLateAsync(Flags(mute: true), meanwhile: Flags(mute: false));
        (await MembershipAsync()).ShouldNotBeNull().Flags.Mute.ShouldBeFalse();
    }

    [Fact]
    public async Task The_end_of_a_channel_that_waits_is_carried_out_if_nothing_newer_was_asked_for()
    {
        await CarryOutLateAsync(Destroy);
        (await DefinitionAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task The_end_of_a_channel_that_waits_does_not_end_one_that_was_joined_meanwhile()
    {
        await CarryOutLateAsync(Destroy, meanwhile: Join);
        (await DefinitionAsync()).ShouldNotBeNull();
        (await MembershipAsync()).ShouldNotBeNull();
    }

    private static VoiceStateUpdate Flags(bool mute) => new(Selector, new VoiceFlagsPatch(null, mute, null, null, null));

    /// <summary>Asks the node that is cut off; two seconds later asks the owner for something else; mends the link a second after that.</summary>
    private async Task CarryOutLateAsync(LvspRequest late, LvspRequest? meanwhile = null)
    {
        _nodes.Cut();
        var asked = _nodes.Time.Elapsed;
        (await _nodes.Other.AskAsync(late)).ShouldBeEmpty();
        await _nodes.Time.PassAsync(TimeSpan.FromSeconds(2), Step);
        if (meanwhile is not null)
        {
            await _nodes.Owner.AskAsync(meanwhile);
        }

        await _nodes.Time.PassAsync(TimeSpan.FromSeconds(1), Step);
        _nodes.Mend();
        await _nodes.Time.AdvanceUntilAsync(_nodes.Other.Deferred.WaitAsync(EntityAddress.Of(State).Shard, CancellationToken.None), Step);

        // Else it was dropped, and nothing has been shown.
        (_nodes.Time.Elapsed - asked).ShouldBeLessThan(DeferredRequests.Patience);
    }

    private async Task<VoiceMembership?> MembershipAsync() => (await _nodes.Owner.Host.AskStateAsync(new GetVoiceState(State), Deadline)).Membership;

    private async Task<ChannelDefinition?> DefinitionAsync() => (await _nodes.Owner.Host.AskChannelAsync(new GetVoiceChannel(Channel), Deadline)).Definition;
}
