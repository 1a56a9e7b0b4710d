using System.Threading.Channels;
using VoiceCluster.Cluster.Credentials;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.VoiceChannels;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.VoiceStates;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.TestKit;

namespace VoiceCluster.Cluster.Tests.Voice;

public sealed class VoiceActorsTests : IAsyncLifetime
{
    private readonly VoiceBed _bed = new();

    public Task InitializeAsync() => _bed.EnsureAsync();

    public async Task DisposeAsync() => await _bed.DisposeAsync();

    [Fact]
    public async Task Requests_may_be_repeated_and_say_the_same_credentials()
    {
        var first = await _bed.EnsureAsync();
        var again = await _bed.EnsureAsync();
        again.Created.ShouldBeFalse();
        again.Token.ShouldBe(first.Token);
        first.Token!.Length.ShouldBe(64);

        var joined = await _bed.JoinAsync(1);
        var repeated = await _bed.JoinAsync(1);
        repeated.Changed.ShouldBeFalse();
        repeated.Token.ShouldBe(joined.Token);
        repeated.Membership!.SessionId.ShouldBe(joined.Membership!.SessionId);
        joined.Token.ShouldNotBe(first.Token);
    }

    [Fact]
    public async Task An_empty_channel_has_one_node_for_all_who_ask_until_that_takes_nobody()
    {
        (await EnsureOnAsync("node-2")).ShouldBe([new NodeId("node-2")]);
        (await EnsureOnAsync("node-3")).ShouldBe([new NodeId("node-2")]);

        _bed.Placement.Refusing.Add(new NodeId("node-2"));
        (await EnsureOnAsync("node-3")).ShouldBe([new NodeId("node-3")]);
    }

    [Fact]
    public async Task A_channel_tells_where_its_members_were_sent_or_are()
    {
        await JoinOnAsync(1, "node-2");
        await JoinOnAsync(2, "node-3");
        (await EnsureOnAsync("node-4")).ShouldBe([new NodeId("node-2"), new NodeId("node-3")], ignoreOrder: true);

        var (gateway, _) = _bed.NewGateway("voice-1");
        await _bed.EnterAsync(2, gateway);
        (await EnsureOnAsync("node-4")).ShouldBe([new NodeId("node-2"), gateway.Node], ignoreOrder: true);
    }

    [Fact]
    public async Task A_repeated_join_moves_nobody_who_is_there_or_can_still_come()
    {
        (await JoinOnAsync(1, "node-2")).ShouldBe(new NodeId("node-2"));
        (await JoinOnAsync(1, "node-3")).ShouldBe(new NodeId("node-2"));
        _bed.Placement.Refusing.Add(new NodeId("node-2"));
        (await JoinOnAsync(1, "node-3")).ShouldBe(new NodeId("node-3"));

        var (gateway, _) = _bed.NewGateway("voice-1");
        await _bed.EnterAsync(1, gateway);
        _bed.Placement.Refusing.Add(gateway.Node);
        (await JoinOnAsync(1, "node-3")).ShouldBe(gateway.Node);
    }

    private async Task<ValueArray<NodeId>> EnsureOnAsync(string candidate) =>
        (await _bed.AskAsync(new VoiceChannelCommand.Ensure(null, "lvsp-1", "salt", new NodeId(candidate)))).Serving;

    private async Task<NodeId?> JoinOnAsync(ulong user, string node)
    {
        var join = new VoiceStateCommand.Join(VoiceBed.Channel, null, default, "lvsp-1", CredentialMinter.NewCredentials(), new NodeId(node));
        return (await _bed.AskAsync(user, join)).Membership!.Node;
    }

    [Fact]
    public async Task Users_of_a_node_that_is_gone_are_sent_elsewhere_and_their_backend_is_told()
    {
        var (holder, notices) = _bed.NewGateway("lvsp-1");
        var backend = new LvspSessionRecord("lvsp-1", VoiceBed.Realm, "hash", LvspForm.Litecord, false, 1, holder, null);
        (await _bed.Store.CreateSessionAsync(backend, 10, CancellationToken.None)).ShouldBeTrue();
        var (staying, messages) = _bed.NewGateway("voice-1");
        await _bed.EnterAsync(1, staying);
        var lost = new NodeIncarnation(new NodeId("node-2"), 22);
        await _bed.EnterAsync(2, new GatewayAddress(lost.Node, "voice-2"), worker: new WorkerId(lost, 0));
        await JoinOnAsync(3, "node-2");

        _bed.Placement.Found = new NodeId("node-3");
        VoiceChannelActor.TellLost(_bed.Host, lost);

        (await VoiceBed.NextAsync<ParticipantLeft>(messages)).UserId.ShouldBe(new Snowflake(2));
        await VoiceBed.NextAsync<OutboxAdvanced>(notices);
        await VoiceBed.NextAsync<OutboxAdvanced>(notices);
        var told = await _bed.Store.ReadAsync("lvsp-1", 0, CancellationToken.None);
        told.Select(frame => System.Text.Encoding.UTF8.GetString(frame.Frame.Span)).ShouldAllBe(text => text.Contains("node-3.test:443"));
        (await _bed.Host.AskStateAsync(new GetVoiceState(VoiceBed.State(1)), TimeSpan.FromSeconds(30))).Membership!.Claim.ShouldNotBeNull();
        foreach (var user in new ulong[] { 2, 3 })
        {
            var state = await _bed.Host.AskStateAsync(new GetVoiceState(VoiceBed.State(user)), TimeSpan.FromSeconds(30));
            state.Membership!.Claim.ShouldBeNull();
            state.Membership.Node.ShouldBe(new NodeId("node-3"));
        }
    }

    [Fact]
    public async Task A_channel_that_is_loaded_anew_finds_users_of_a_node_that_is_gone()
    {
        await _bed.EnterAsync(2, new GatewayAddress(new NodeId("node-2"), "voice-2"), worker: new WorkerId(new NodeIncarnation(new NodeId("node-2"), 22), 0));
        _bed.Placement.Lost.Add(new NodeId("node-2"));
        _bed.Placement.Found = new NodeId("node-3");

        await _bed.Host.ReleaseShardAsync(EntityAddress.Of(VoiceBed.Channel).Shard);
        _bed.Host.Tell(new GetVoiceChannel(VoiceBed.Channel));

        var sent = WaitForNodeAsync(2, new NodeId("node-3"));
        await _bed.Time.AdvanceUntilAsync(sent, TimeSpan.FromMilliseconds(5));
        await sent;
    }

    [Fact]
    public async Task A_channel_that_is_loaded_before_the_node_of_its_users_counts_as_gone_sends_them_elsewhere_then()
    {
        var lost = new NodeIncarnation(new NodeId("node-2"), 22);
        await _bed.EnterAsync(2, new GatewayAddress(lost.Node, "voice-2"), worker: new WorkerId(lost, 0));
        _bed.Placement.Found = new NodeId("node-3");
        await _bed.Host.ReleaseShardAsync(EntityAddress.Of(VoiceBed.Channel).Shard);
        await _bed.Host.AskChannelAsync(new GetVoiceChannel(VoiceBed.Channel), TimeSpan.FromSeconds(30));

        VoiceChannelActor.TellLost(_bed.Host, lost);

        var sent = WaitForNodeAsync(2, new NodeId("node-3"));
        await _bed.Time.AdvanceUntilAsync(sent, TimeSpan.FromMilliseconds(5));
        await sent;
    }

    private async Task<TimeSpan> NextSummaryAsync(ChannelReader<IActorMessage> messages)
    {
        var begun = _bed.Time.Elapsed;
        var summary = VoiceBed.NextAsync<ParticipantsSummary>(messages);
        await _bed.Time.AdvanceUntilAsync(summary, TimeSpan.FromSeconds(5));
        return _bed.Time.Elapsed - begun;
    }

    private Task WaitForNodeAsync(ulong user, NodeId node) => Eventually.HoldsAsync(async () =>
        (await _bed.Host.AskStateAsync(new GetVoiceState(VoiceBed.State(user)), TimeSpan.FromSeconds(30))).Membership?.Node == node);

    [Fact]
    public async Task A_call_is_planned_for_its_worker_and_its_users_are_told_of_one_another()
    {
        var (gateway, messages) = _bed.NewGateway("voice-1");
        await _bed.EnterAsync(1, gateway);
        await _bed.EnterAsync(2, _bed.NewGateway("voice-2").Address);

        (await VoiceBed.NextAsync<ParticipantEntered>(messages)).Session.UserId.ShouldBe(new Snowflake(2));
        var plan = await _bed.NextPlanAsync(plan => plan.Sessions.Length == 2);
        plan.Worker.ShouldBe(_bed.Worker);
        plan.Sessions.ShouldAllBe(session => session.Sends && session.Receives);

        await _bed.AskAsync(2, new VoiceStateCommand.UpdateFlags(null, new VoiceFlagsPatch(null, true, null, null, null)));
        var muted = (await VoiceBed.NextAsync<PublishPlan>(_bed.Plans.Reader, publish => publish.Plan.Sessions.Any(session => !session.Sends))).Plan;
        muted.Version.ShouldBeGreaterThan(plan.Version);

        await _bed.AskAsync(2, new VoiceStateCommand.Leave(null));
        (await VoiceBed.NextAsync<ParticipantLeft>(messages)).UserId.ShouldBe(new Snowflake(2));
        await VoiceBed.NextAsync<PublishPlan>(_bed.Plans.Reader, publish => publish.Plan.Sessions.Length == 1);
    }

    [Fact]
    public async Task A_sender_is_told_another_video_codec_when_a_newcomer_cannot_decode_his_and_when_that_one_is_gone()
    {
        var (gateway, messages) = _bed.NewGateway("voice-1");
        var session = await _bed.EnterAsync(1, gateway, [new VoiceCodec("AV1", "video", 1000, 101), new VoiceCodec("VP8", "video", 2000, 103)]);
        await _bed.EnterAsync(2, _bed.NewGateway("voice-2").Address);
        await _bed.EnterAsync(3, _bed.NewGateway("voice-3").Address, [new VoiceCodec("VP8", "video", 1000, 105)]);

        (await VoiceBed.NextAsync<VideoCodecChosen>(messages)).ShouldBe(new VideoCodecChosen(session.ClaimId, "VP8"));

        await _bed.AskAsync(3, new VoiceStateCommand.Leave(null));
        (await VoiceBed.NextAsync<VideoCodecChosen>(messages)).ShouldBe(new VideoCodecChosen(session.ClaimId, "AV1"));
    }

    [Fact]
    public async Task One_who_comes_back_is_let_in_although_the_clock_stands_still_and_nothing_of_him_was_kept()
    {
        var (gateway, _) = _bed.NewGateway("voice-1");
        await _bed.EnterAsync(1, gateway);
        var others = _bed.Host.ReadStatus().Entities - 1;
        await _bed.AskAsync(1, new VoiceStateCommand.Leave(null));
        await _bed.UntilAsync(host => host.Entities == others);

        (await _bed.EnterAsync(1, gateway)).UserId.ShouldBe(new Snowflake(1));
    }

    [Fact]
    public async Task The_last_one_out_withdraws_the_plan()
    {
        await _bed.EnterAsync(1, _bed.NewGateway("voice-1").Address);
        await VoiceBed.NextAsync<PublishPlan>(_bed.Plans.Reader, publish => publish.Plan.Sessions.Length == 1);
        await _bed.AskAsync(1, new VoiceStateCommand.Leave(null));
        (await VoiceBed.NextAsync<PublishPlan>(_bed.Plans.Reader)).Plan.Sessions.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_wrong_token_or_session_id_claims_nothing()
    {
        var joined = await _bed.JoinAsync(1);
        var gateway = _bed.NewGateway("voice-1").Address;
        var claim = new VoiceStateCommand.Claim(Guid.NewGuid(), gateway, joined.Membership!.SessionId, AcceptAnyFirstSessionId: false);
        var wrongToken = new ClaimVoiceState(VoiceBed.State(1), claim, new string('x', 64), null);
        (await _bed.Host.AskStateAsync(wrongToken, TimeSpan.FromSeconds(30))).Refusal.ShouldBe(VoiceStateRefusal.WrongToken);
        var wrongSession = new ClaimVoiceState(VoiceBed.State(1), claim with { SessionId = "another" }, joined.Token, null);
        (await _bed.Host.AskStateAsync(wrongSession, TimeSpan.FromSeconds(30))).Refusal.ShouldBe(VoiceStateRefusal.NoSession);
        var otherChannel = new ClaimVoiceState(VoiceBed.State(1), claim, null, VoiceBed.Channel with { ChannelId = new Snowflake(31) });
        (await _bed.Host.AskStateAsync(otherChannel, TimeSpan.FromSeconds(30))).Refusal.ShouldBe(VoiceStateRefusal.WrongToken);
    }

    [Fact]
    public async Task A_channel_that_is_loaded_anew_asks_its_sessions_and_publishes_no_partial_plan()
    {
        var gateways = new[] { _bed.NewGateway("voice-1"), _bed.NewGateway("voice-2") };
        var sessions = new[] { await _bed.EnterAsync(1, gateways[0].Address), await _bed.EnterAsync(2, gateways[1].Address) };
        await _bed.NextPlanAsync(plan => plan.Sessions.Length == 2);

        // The shard is handed in and taken again with the next message: all there is then is what was stored.
        await _bed.Host.ReleaseShardAsync(EntityAddress.Of(VoiceBed.Channel).Shard);
        _bed.Host.Tell(new GetVoiceChannel(VoiceBed.Channel));
        for (var i = 0; i < sessions.Length; i++)
        {
            var announce = VoiceBed.NextAsync<AnnounceSession>(gateways[i].Messages);
            await _bed.Time.AdvanceUntilAsync(announce, TimeSpan.FromMilliseconds(5));
            (await announce).ClaimId.ShouldBe(sessions[i].ClaimId);
        }

        foreach (var session in sessions)
        {
            _bed.Host.Tell(new VoiceChannelRequest(VoiceBed.Channel, new VoiceChannelCommand.AttachSession(session)));
        }

        (await VoiceBed.NextAsync<PublishPlan>(_bed.Plans.Reader)).Plan.Sessions.Length.ShouldBe(2);
    }

    [Fact]
    public async Task A_session_that_was_in_the_call_before_the_channel_was_loaded_anew_is_told_in_short_who_is_there_now()
    {
        var (stays, leaves) = (_bed.NewGateway("voice-1"), _bed.NewGateway("voice-2"));
        var session = await _bed.EnterAsync(1, stays.Address);
        await _bed.EnterAsync(2, leaves.Address);
        await _bed.Host.ReleaseShardAsync(EntityAddress.Of(VoiceBed.Channel).Shard);
        await _bed.AskAsync(2, new VoiceStateCommand.Leave(null));
        _bed.Host.Tell(new VoiceChannelRequest(VoiceBed.Channel, new VoiceChannelCommand.AttachSession(session)));

        var summary = VoiceBed.NextAsync<ParticipantsSummary>(stays.Messages);
        await _bed.Time.AdvanceUntilAsync(summary, TimeSpan.FromMilliseconds(50));
        (await summary).ShouldBe(new ParticipantsSummary(session.ClaimId, CallSummary.Of([])));
    }

    [Fact]
    public async Task Sessions_are_told_in_short_who_is_there_ever_more_seldom_until_somebody_comes_or_goes()
    {
        var (gateway, messages) = _bed.NewGateway("voice-1");
        await _bed.EnterAsync(1, gateway);
        await _bed.EnterAsync(2, _bed.NewGateway("voice-2").Address);
        for (var round = 0; round < 4; round++)
        {
            await NextSummaryAsync(messages);
        }

        (await NextSummaryAsync(messages)).ShouldBeGreaterThan(TimeSpan.FromMinutes(3));
        await _bed.AskAsync(2, new VoiceStateCommand.Leave(null));
        (await NextSummaryAsync(messages)).ShouldBeLessThan(TimeSpan.FromMinutes(4));
    }

    [Fact]
    public async Task While_somebody_in_a_call_cannot_be_told_of_the_others_all_are_told_in_short_every_second()
    {
        var (stays, messages) = _bed.NewGateway("stays");
        var session = await _bed.EnterAsync(1, stays);
        await _bed.EnterAsync(2, new GatewayAddress(new NodeId("cut-off"), "voice-9"));

        await _bed.EnterAsync(3, _bed.NewGateway("comes").Address);

        for (var second = 1; second <= 3; second++)
        {
            var summary = VoiceBed.NextAsync<ParticipantsSummary>(messages);
            await _bed.Time.AdvanceUntilAsync(summary, TimeSpan.FromMilliseconds(10));
            (await summary).ShouldBe(new ParticipantsSummary(session.ClaimId, CallSummary.Of([new Snowflake(2), new Snowflake(3)])));
        }

        _bed.Time.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Sessions_are_told_in_short_who_is_there_as_long_as_the_call_lasts_and_have_the_list_for_the_asking()
    {
        var (gateway, messages) = _bed.NewGateway("voice-1");
        var first = await _bed.EnterAsync(1, gateway);
        var second = await _bed.EnterAsync(2, _bed.NewGateway("voice-2").Address);
        for (var round = 0; round < 2; round++)
        {
            var summary = VoiceBed.NextAsync<ParticipantsSummary>(messages);
            await _bed.Time.AdvanceUntilAsync(summary, TimeSpan.FromSeconds(1));
            (await summary).Others.ShouldBe(CallSummary.Of([second.UserId]));
        }

        _bed.Host.Tell(new ListParticipants(VoiceBed.Channel, first.ClaimId));
        (await VoiceBed.NextAsync<ParticipantsListed>(messages)).Others.ShouldHaveSingleItem().ClaimId.ShouldBe(second.ClaimId);
    }

    [Fact]
    public async Task An_unclaimed_state_ends_in_time_and_its_backend_is_told()
    {
        var (holder, messages) = _bed.NewGateway("lvsp-1");
        var session = new LvspSessionRecord("lvsp-1", VoiceBed.Realm, "hash", LvspForm.Litecord, false, 1, holder, null);
        (await _bed.Store.CreateSessionAsync(session, 10, CancellationToken.None)).ShouldBeTrue();
        await _bed.JoinAsync(1);

        _bed.Time.Advance(_bed.Settings.UnclaimedTimeout);

        (await VoiceBed.NextAsync<OutboxAdvanced>(messages)).SessionId.ShouldBe("lvsp-1");
        (await _bed.Host.AskStateAsync(new GetVoiceState(VoiceBed.State(1)), TimeSpan.FromSeconds(30))).Membership.ShouldBeNull();
    }

    [Fact]
    public async Task Destroying_a_channel_ends_its_states_and_makes_its_token_worthless()
    {
        var first = await _bed.EnsureAsync();
        var (gateway, messages) = _bed.NewGateway("voice-1");
        var session = await _bed.EnterAsync(1, gateway);

        await _bed.AskAsync(new VoiceChannelCommand.Destroy());

        var end = await VoiceBed.NextAsync<EndClaim>(messages);
        end.ShouldBe(new EndClaim(session.ClaimId, ClaimEnd.CallTerminated));
        (await _bed.EnsureAsync()).Token.ShouldNotBe(first.Token);
    }

    [Fact]
    public async Task Limits_of_a_realm_refuse_and_leaving_makes_room()
    {
        await using var small = new VoiceBed(maxChannels: 1, maxStates: 1);
        (await small.EnsureAsync()).LimitReached.ShouldBeFalse();
        var other = new VoiceChannelRequest(VoiceBed.Channel with { ChannelId = new Snowflake(31) }, new VoiceChannelCommand.Ensure(null, null, "salt"));
        (await small.Host.AskChannelAsync(other, TimeSpan.FromSeconds(30))).LimitReached.ShouldBeTrue();

        (await small.JoinAsync(1)).Refusal.ShouldBeNull();
        (await small.JoinAsync(2)).Refusal.ShouldBe(VoiceStateRefusal.LimitReached);
        await small.AskAsync(1, new VoiceStateCommand.Leave(null));
        (await small.JoinAsync(2)).Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task A_realm_is_counted_where_its_channels_and_users_live_and_not_where_they_were_made()
    {
        await _bed.EnsureAsync();
        await _bed.JoinAsync(1);
        (_bed.Quota.Total(EntityKind.VoiceChannel), _bed.Quota.Total(EntityKind.VoiceState)).ShouldBe((1, 1));

        await _bed.Host.ReleaseShardAsync(EntityAddress.Of(VoiceBed.State(1)).Shard);
        await _bed.Host.ReleaseShardAsync(EntityAddress.Of(VoiceBed.Channel).Shard);
        (_bed.Quota.Total(EntityKind.VoiceChannel), _bed.Quota.Total(EntityKind.VoiceState)).ShouldBe((0, 0));

        await _bed.EnsureAsync();
        await _bed.JoinAsync(1);
        (_bed.Quota.Total(EntityKind.VoiceChannel), _bed.Quota.Total(EntityKind.VoiceState)).ShouldBe((1, 1));
    }

    [Fact]
    public void Tokens_follow_from_key_salt_and_secret_alone()
    {
        var one = new CredentialMinter(new byte[32]);
        var same = new CredentialMinter(new byte[32]);
        var other = new CredentialMinter([.. Enumerable.Repeat((byte)1, 32)]);
        var token = one.TokenOf(VoiceBed.State(1), "salt");
        same.TokenOf(VoiceBed.State(1), "salt").ShouldBe(token);
        other.TokenOf(VoiceBed.State(1), "salt").ShouldNotBe(token);
        one.TokenOf(VoiceBed.State(1), "other").ShouldNotBe(token);
        one.TokenOf(VoiceBed.State(2), "salt").ShouldNotBe(token);
        one.IsTokenOf(VoiceBed.State(1), "salt", token).ShouldBeTrue();
        one.IsTokenOf(VoiceBed.State(1), "salt", token[1..]).ShouldBeFalse();
        token.ShouldAllBe(letter => char.IsAsciiLetterOrDigit(letter));
    }
}
