using VoiceCluster.Client.Lvsp;
using VoiceCluster.Client.Sockets;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Lvsp.Client;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.TestKit.Fakes;

namespace VoiceCluster.Client.Tests.Lvsp;

public sealed class LvspClientTests : IAsyncDisposable
{
    private static readonly Snowflake Guild = new(20);
    private static readonly Snowflake Channel = new(30);
    private static readonly Snowflake User = new(40);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly FakeNode _node = new();

    public async ValueTask DisposeAsync() => await _node.DisposeAsync();

    [Fact]
    public async Task ConnectAsync_right_secret_tells_session_health_and_interval()
    {
        await using var client = await ConnectAsync();

        client.SessionId.ShouldNotBeEmpty();
        client.Health.ShouldBe(1);
        client.HeartbeatInterval.ShouldBe(TimeSpan.FromSeconds(30));
        client.IsResumed.ShouldBeFalse();
    }

    [Fact]
    public async Task ConnectAsync_wrong_secret_tells_the_close_code()
    {
        var exception = await Should.ThrowAsync<ConnectionEndedException>(
            () => LvspClient.ConnectAsync(Options() with { Secret = "wrong" }));

        exception.Code.ShouldBe((int)LvspCloseCode.AuthenticationFailed);
        exception.Message.ShouldContain("before READY");
        exception.Message.ShouldContain("wrong token");
    }

    [Theory]
    [InlineData(LvspForm.Litecord)]
    [InlineData(LvspForm.Document)]
    public async Task JoinAsync_returns_the_credentials_in_either_form(LvspForm form)
    {
        await using var client = await ConnectAsync(form);

        var done = await client.JoinAsync(User, Channel, Guild);

        done.SessionId.ShouldBe("session-40");
        done.Token.ShouldBe("token-40");
        done.Endpoint.ShouldBe(_node.VoiceUrl.Authority);
    }

    [Fact]
    public async Task JoinAsync_in_litecord_form_requests_the_channel_first()
    {
        await using var client = await ConnectAsync();

        await client.JoinAsync(User, Channel, Guild);

        (await NextRequestAsync()).ShouldBeOfType<ChannelRequest>().GuildId.ShouldBe(Guild);
        (await NextRequestAsync()).ShouldBeOfType<VoiceStateCreate>().UserId.ShouldBe(User);
    }

    [Fact]
    public async Task JoinAsync_many_at_once_each_gets_its_own_answer()
    {
        await using var client = await ConnectAsync();

        var answers = await Task.WhenAll(
            Enumerable.Range(1, 200).Select(user => client.JoinAsync(new Snowflake((ulong)user), Channel, Guild)));

        answers.Select(answer => answer.SessionId).ShouldBe(Enumerable.Range(1, 200).Select(user => $"session-{user}"));
        client.SequenceNumber.ShouldBe(400);
    }

    [Fact]
    public async Task JoinAsync_channel_refused_says_why()
    {
        _node.Refusal = LvspReason.NoCapacity;
        await using var client = await ConnectAsync();

        var exception = await Should.ThrowAsync<RefusedException>(() => client.JoinAsync(User, Channel, Guild));

        exception.Message.ShouldBe("The server does not serve channel 30: no capacity.");
    }

    [Fact]
    public async Task JoinAsync_no_answer_names_user_and_channel()
    {
        _node.IsSilent = true;
        await using var client = await LvspClient.ConnectAsync(Options() with { AnswerLimit = TimeSpan.FromMilliseconds(300) });

        var exception = await Should.ThrowAsync<NoAnswerException>(() => client.JoinAsync(User, Channel, Guild));

        exception.Message.ShouldContain("backend waited 0.3 s for the voice state of user 40 in channel 30");
    }

    [Fact]
    public async Task JoinAsync_connection_lost_meanwhile_fails_at_once()
    {
        _node.IsSilent = true;
        await using var client = await ConnectAsync();
        var joining = client.JoinAsync(User, Channel, Guild);

        await client.DropAsync();

        await Should.ThrowAsync<ConnectionEndedException>(() => joining.WaitAsync(Limit));
    }

    [Fact]
    public async Task ResumeAsync_replays_what_was_sent_while_the_connection_was_broken()
    {
        await using var client = await ConnectAsync();
        await client.RequestChannelAsync(Channel, Guild);
        await client.DropAsync();
        _node.LvspSessions[client.SessionId].Sent.Add(
            """{"op":6,"s":2,"d":{"type":2,"data":{"channel_id":"30","guild_id":"20","reason":"expired"}}}"""u8.ToArray());

        await client.ResumeAsync();

        client.IsResumed.ShouldBeTrue();
        client.SequenceNumber.ShouldBe(2);
        var messages = new[] { await client.Messages.ReadAsync(), await client.Messages.ReadAsync() };
        messages[1].ShouldBeOfType<LvspServerMessage.Info>().Notice.ShouldBeOfType<ChannelDestroyed>().Reason.ShouldBe("expired");
    }

    [Fact]
    public async Task Heartbeats_are_sent_by_themselves_and_bring_the_health()
    {
        _node.HeartbeatIntervalMs = 100;
        await using var client = await ConnectAsync();

        var ack = await client.Messages.ReadAsync().AsTask().WaitAsync(Limit);

        ack.ShouldBeOfType<LvspServerMessage.HeartbeatAck>();
        client.Health.ShouldBe(0.5);
    }

    [Fact]
    public async Task A_server_that_answers_no_heartbeat_is_given_up()
    {
        _node.HeartbeatIntervalMs = 50;
        _node.IsSilent = true;
        await using var client = await ConnectAsync();

        (await client.Ended.WaitAsync(Limit)).Code.ShouldBeNull();
    }

    [Fact]
    public async Task Observer_sees_requests_and_answers_but_no_authentication()
    {
        var seen = new System.Collections.Concurrent.ConcurrentQueue<LvspTraffic>();
        await using var client = await LvspClient.ConnectAsync(Options() with { Observer = seen.Enqueue });

        await client.RequestChannelAsync(Channel, Guild);

        seen.Where(traffic => traffic.IsSent).Select(traffic => traffic.Json).ShouldHaveSingleItem().ShouldContain("\"channel_id\":\"30\"");
        seen.Count(traffic => !traffic.IsSent).ShouldBe(3);
    }

    private LvspClientOptions Options() => new() { Url = _node.LvspUrl, Secret = FakeNode.Secret };

    private Task<LvspClient> ConnectAsync(LvspForm form = LvspForm.Litecord) => LvspClient.ConnectAsync(Options() with { Form = form });

    private Task<LvspRequest> NextRequestAsync() => _node.Requests.Reader.ReadAsync().AsTask().WaitAsync(Limit);
}
