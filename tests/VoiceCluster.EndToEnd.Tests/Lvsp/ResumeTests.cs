using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.TestKit;

namespace VoiceCluster.EndToEnd.Tests.Lvsp;

/// <summary>Item 12 of LVSP's checklist and its section 6: numbers, and going on after a lost link.</summary>
public sealed class ResumeTests
{
    [Theory]
    [InlineData(0, false)]
    [InlineData(2, false)]
    [InlineData(4, false)]
    [InlineData(0, true)]
    [InlineData(3, true)]
    public async Task Item_16_12_resume_replays_exactly_the_rest_and_then_is_ready(int seen, bool freshToken)
    {
        var node = await EndToEndNode.SharedAsync();
        await using var first = await Backend.ConnectAsync(node);
        var told = new List<string>();
        for (var number = 1; number <= 4; number++)
        {
            await first.InfoAsync(LvspForm.Litecord, 0, $$"""{"channel_id":"{{Ids.Next()}}"}""");
            var message = await first.Socket.NextAsync();
            message.GetProperty("s").GetInt64().ShouldBe(number);
            told.Add(message.GetRawText());
        }

        first.Socket.Abort();
        await first.Socket.EndAsync();
        await using var second = await Backend.OpenAsync(node);
        await ResumeAsync(second, first, $"{seen}", freshToken);

        foreach (var expected in told[seen..])
        {
            (await second.Socket.NextAsync()).GetRawText().ShouldBe(expected);
        }

        var ready = await second.Socket.NextAsync();
        ready.Op().ShouldBe(3);
        ready.GetProperty("d").GetProperty("resumed").GetBoolean().ShouldBeTrue();
        ready.GetProperty("d").Text("session_id").ShouldBe(first.SessionId);
        second.Sequence = 4;
        await second.SettleAsync();
    }

    [Theory]
    [InlineData("2")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("\"1\"")]
    [InlineData("null")]
    [InlineData("true")]
    public async Task Resume_with_a_number_that_cannot_be_is_4000(string seq)
    {
        var node = await EndToEndNode.SharedAsync();
        await using var first = await Backend.ConnectAsync(node);
        await first.SettleAsync();
        await using var second = await Backend.OpenAsync(node);

        await ResumeAsync(second, first, seq, freshToken: false);

        (await second.Socket.EndAsync()).ShouldBe(new SocketEnd(4000, "cannot replay"));
        first.Socket.IsOpen.ShouldBeTrue();
    }

    [Fact]
    public async Task Resume_from_before_what_was_acknowledged_is_4000()
    {
        var node = await EndToEndNode.SharedAsync();
        await using var first = await Backend.ConnectAsync(node);
        await first.SettleAsync();
        await first.SettleAsync();
        await first.BeatAsync("{\"s\":2}");
        await using var second = await Backend.OpenAsync(node);

        await ResumeAsync(second, first, "1", freshToken: false);

        (await second.Socket.EndAsync()).ShouldBe(new SocketEnd(4000, "cannot replay"));
    }

    [Fact]
    public async Task Resume_replays_more_than_the_waiting_limit_because_it_does_not_count()
    {
        await using var node = await EndToEndNode.StartAsync("--Limits:LvspOutboxMessages=16");
        await using var first = await Backend.ConnectAsync(node);
        for (var message = 0; message < 200; message++)
        {
            await first.SettleAsync();
        }

        await using var second = await Backend.OpenAsync(node);
        await ResumeAsync(second, first, "0", freshToken: true);

        for (var number = 1; number <= 200; number++)
        {
            (await second.Socket.NextAsync()).GetProperty("s").GetInt64().ShouldBe(number);
        }

        (await second.Socket.NextAsync()).Op().ShouldBe(3);
    }

    [Fact]
    public async Task Resume_of_an_unknown_session_is_4001_even_with_a_good_token()
    {
        await using var backend = await Backend.OpenAsync(await EndToEndNode.SharedAsync());

        await backend.Socket.SendAsync(2, $$"""{"token":"{{Backend.TokenFor(backend.Nonce)}}","seq":0,"session_id":"nobody"}""");

        (await backend.Socket.EndAsync()).Code.ShouldBe(4001);
    }

    [Fact]
    public async Task Resume_with_a_token_of_another_realm_is_4001()
    {
        await using var node = await EndToEndNode.StartAsync("--Lvsp:Secrets:second=another-secret-of-another-site");
        await using var first = await Backend.ConnectAsync(node);
        await using var second = await Backend.OpenAsync(node);

        var token = Backend.TokenFor(second.Nonce, "another-secret-of-another-site");
        await second.Socket.SendAsync(2, $$"""{"token":"{{token}}","seq":0,"session_id":"{{first.SessionId}}"}""");

        (await second.Socket.EndAsync()).Code.ShouldBe(4001);
        await first.SettleAsync();
    }

    [Fact]
    public async Task Detached_session_keeps_what_it_would_have_been_told()
    {
        await using var node = await StartWithMadeTimeAsync();
        await using var first = await Backend.ConnectAsync(node);
        var channel = Ids.Next();
        await first.RequestChannelAsync(LvspForm.Litecord, channel);
        var user = await first.JoinAsync(LvspForm.Litecord, Ids.Next(), channel);
        await node.LoseAsync(first);

        node.Advance(TimeSpan.FromSeconds(10));

        (await node.MembershipAsync(user)).ShouldBeNull();
        await using var second = await Backend.OpenAsync(node);
        await ResumeAsync(second, first, "2", freshToken: false);
        second.Sequence = 2;
        var ended = await second.TakeAsync(LvspForm.Litecord, 5);
        ended.Text("session_id").ShouldBe(user.SessionId);
        ended.Text("reason").ShouldBe("unclaimed");
        (await second.Socket.NextAsync()).Op().ShouldBe(3);
    }

    [Fact]
    public async Task Request_under_way_when_the_link_breaks_is_answered_to_whoever_resumes()
    {
        var gate = new GatedDirectory();
        await using var node = await EndToEndNode.StartAsync(new EndToEndSetup { Services = gate.Decorate });
        await using var first = await Backend.ConnectAsync(node);
        var channel = Ids.Next();
        gate.Close();
        await first.InfoAsync(LvspForm.Litecord, 0, $$"""{"channel_id":"{{channel}}"}""");
        await gate.EnteredAsync();
        await node.LoseAsync(first);
        await using var second = await Backend.OpenAsync(node);
        await ResumeAsync(second, first, "0", freshToken: true);
        (await second.Socket.NextAsync()).Op().ShouldBe(3);

        gate.Open();

        (await second.TakeAsync(LvspForm.Litecord, 1)).Text("channel_id").ShouldBe(channel);
    }

    [Fact]
    public async Task Session_is_gone_120_seconds_after_its_socket()
    {
        await using var node = await StartWithMadeTimeAsync();
        await using var first = await Backend.ConnectAsync(node);
        await using var second = await Backend.ConnectAsync(node);
        await node.LoseAsync(first);
        await node.LoseAsync(second);

        node.Advance(TimeSpan.FromSeconds(119));
        await using var inTime = await Backend.OpenAsync(node);
        await ResumeAsync(inTime, first, "0", freshToken: false);
        (await inTime.Socket.NextAsync()).Op().ShouldBe(3);

        node.Advance(TimeSpan.FromSeconds(1));
        await using var late = await Backend.OpenAsync(node);
        await ResumeAsync(late, second, "0", freshToken: false);
        (await late.Socket.EndAsync()).Code.ShouldBe(4001);
    }

    [Fact]
    public async Task Fresh_identify_replays_and_resets_nothing()
    {
        var node = await EndToEndNode.SharedAsync();
        await using var first = await Backend.ConnectAsync(node);
        var channel = Ids.Next();
        var token = await first.RequestChannelAsync(LvspForm.Litecord, channel);
        first.Socket.Abort();
        await using var second = await Backend.ConnectAsync(node);

        (await second.RequestChannelAsync(LvspForm.Litecord, channel)).ShouldBe(token);
    }

    private static Task<EndToEndNode> StartWithMadeTimeAsync() =>
        EndToEndNode.StartAsync(new EndToEndSetup { Time = new ManualTimeProvider(), Flags = ["--Voice:UnclaimedTimeout=10s"] });

    private static Task ResumeAsync(Backend connection, Backend session, string seq, bool freshToken) => connection.Socket.SendAsync(
        2,
        freshToken
            ? $$"""{"token":"{{Backend.TokenFor(connection.Nonce)}}","session_id":"{{session.SessionId}}","seq":{{seq}} }"""
            : $$"""{"token":"{{session.Token}}","seq":{{seq}} }""");
}
