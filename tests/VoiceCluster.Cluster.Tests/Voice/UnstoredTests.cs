using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.VoiceStates;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Cluster.Tests.Voice;

/// <summary>What an owner does while the store is away, and what becomes of it.</summary>
public sealed class UnstoredTests : IAsyncLifetime
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private readonly VoiceBed _bed = new();

    public Task InitializeAsync() => _bed.EnsureAsync();

    public async Task DisposeAsync()
    {
        _bed.Faults.IsAway = false;
        await _bed.DisposeAsync();
    }

    [Fact]
    public async Task A_join_without_the_store_is_taken_and_stored_when_the_store_is_back()
    {
        _bed.Faults.IsAway = true;

        (await _bed.JoinAsync(1)).Membership!.Channel.ShouldBe(VoiceBed.Channel);
        _bed.ReadStored(1).ShouldBeNull();
        _bed.Faults.IsAway = false;

        await UntilAsync(() => _bed.ReadStored(1)?.Membership is not null);
    }

    [Fact]
    public async Task A_leave_and_a_mute_without_the_store_are_obeyed_and_stored_when_it_is_back()
    {
        await _bed.JoinAsync(1);
        await _bed.JoinAsync(2);
        _bed.Faults.IsAway = true;

        (await _bed.AskAsync(1, new VoiceStateCommand.Leave(null))).Membership.ShouldBeNull();
        var mute = new VoiceFlagsPatch(null, Mute: true, null, null, null);
        (await _bed.AskAsync(2, new VoiceStateCommand.UpdateFlags(null, mute))).Membership!.Flags.Mute.ShouldBeTrue();
        _bed.ReadStored(1)!.Membership.ShouldNotBeNull();
        _bed.Faults.IsAway = false;

        await UntilAsync(() => _bed.ReadStored(1) is null && _bed.ReadStored(2)!.Membership!.Flags.Mute);
    }

    [Fact]
    public async Task What_ends_by_itself_does_not_end_before_the_store_is_back()
    {
        await _bed.JoinAsync(1);
        _bed.Faults.IsAway = true;
        _bed.Time.Advance(_bed.Settings.UnclaimedTimeout * 2);

        (await _bed.Host.AskStateAsync(new GetVoiceState(VoiceBed.State(1)), TimeSpan.FromHours(1))).Membership.ShouldNotBeNull();
        _bed.Faults.IsAway = false;

        await UntilAsync(() => _bed.ReadStored(1) is null);
    }

    [Theory]
    [InlineData(+1, true)]
    [InlineData(-1, false)]
    public async Task Of_two_owners_the_higher_revision_wins(int later, bool isTaken)
    {
        var mine = await _bed.JoinAsync(1);
        var stored = _bed.ReadStored(1)!;
        var other = new ChannelKey(VoiceBed.Realm, VoiceBed.Channel.GuildId, new(31));
        var unstored = stored with { Revision = stored.Revision + later, Membership = stored.Membership! with { Channel = other } };

        _bed.Host.Tell(new MergeVoiceState(VoiceBed.State(1), unstored));
        var now = await _bed.Host.AskStateAsync(new GetVoiceState(VoiceBed.State(1)), TimeSpan.FromHours(1));

        now.Membership!.Channel.ShouldBe(isTaken ? other : mine.Membership!.Channel);
        _bed.ReadStored(1)!.Membership!.Channel.ShouldBe(now.Membership.Channel);
    }

    [Fact]
    public async Task An_owner_that_loses_its_shard_hands_on_what_it_did_without_the_store()
    {
        await _bed.JoinAsync(1);
        _bed.Faults.IsAway = true;
        await _bed.AskAsync(1, new VoiceStateCommand.Leave(null));

        // It is its own successor.
        _bed.Host.Learn(_bed.Host.FindKnownClaim(EntityAddress.Of(VoiceBed.Channel).Shard)! with { Epoch = 9 });
        _bed.Faults.IsAway = false;

        await UntilAsync(() => _bed.ReadStored(1) is null);
    }

    [Fact]
    public async Task A_connection_of_a_state_that_does_not_know_it_is_ended()
    {
        await _bed.JoinAsync(1);
        var (gateway, messages) = _bed.NewGateway("voice-1");
        var claimId = Guid.NewGuid();

        _bed.Host.Tell(new ReportClaim(VoiceBed.State(1), claimId, gateway, IsAttached: true));

        (await VoiceBed.NextAsync<EndClaim>(messages)).ClaimId.ShouldBe(claimId);
    }

    [Fact]
    public async Task A_state_whose_holder_has_lost_the_socket_waits_for_it_from_then_on_and_not_any_more_when_it_is_back()
    {
        var (gateway, _) = _bed.NewGateway("voice-1");
        var session = await _bed.EnterAsync(1, gateway);

        _bed.Host.Tell(new ReportClaim(VoiceBed.State(1), session.ClaimId, gateway, IsAttached: false));
        var lost = (await _bed.Host.AskStateAsync(new GetVoiceState(VoiceBed.State(1)), TimeSpan.FromHours(1))).Membership!;
        lost.ExpiresAt.ShouldBe(_bed.Time.GetUtcNow() + _bed.Settings.ResumeWindow);

        _bed.Time.Advance(Step);
        _bed.Host.Tell(new ReportClaim(VoiceBed.State(1), session.ClaimId, gateway, IsAttached: false));
        (await _bed.Host.AskStateAsync(new GetVoiceState(VoiceBed.State(1)), TimeSpan.FromHours(1))).Membership!.ExpiresAt.ShouldBe(lost.ExpiresAt);

        _bed.Host.Tell(new ReportClaim(VoiceBed.State(1), session.ClaimId, gateway, IsAttached: true));
        (await _bed.Host.AskStateAsync(new GetVoiceState(VoiceBed.State(1)), TimeSpan.FromHours(1))).Membership!.ExpiresAt.ShouldBeNull();
    }

    [Fact]
    public async Task A_session_that_the_channel_does_not_know_is_asked_to_attach()
    {
        var (gateway, messages) = _bed.NewGateway("voice-1");
        var session = await _bed.EnterAsync(1, gateway);
        await _bed.AskAsync(new VoiceChannelCommand.DetachSession(session.ClaimId));

        _bed.Host.Tell(new ReportClaim(VoiceBed.State(1), session.ClaimId, gateway, IsAttached: true));

        (await VoiceBed.NextAsync<AnnounceSession>(messages)).ClaimId.ShouldBe(session.ClaimId);
    }

    private Task UntilAsync(Func<bool> condition) => _bed.Time.AdvanceUntilAsync(condition, Step);
}
