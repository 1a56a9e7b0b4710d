using System.Text.Json;
using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.EndToEnd.Tests.Lvsp;

/// <summary>Section 16 of LVSP, item by item. Items 5, 11 and 12 go on in the tests with made time and of resuming.</summary>
public sealed class ChecklistTests
{
    [Fact]
    public async Task Item_16_1_hello_comes_first_with_a_nonce_of_its_own_and_an_integer_interval()
    {
        var node = await EndToEndNode.SharedAsync();
        await using var first = await Backend.OpenAsync(node);
        await using var second = await Backend.OpenAsync(node);

        foreach (var hello in new[] { first.Hello, second.Hello })
        {
            hello.Names().ShouldBe(["op", "d"], ignoreOrder: true);
            hello.GetProperty("d").Text("nonce").ShouldMatch("^[A-Za-z0-9]{10}$");
            hello.GetProperty("d").GetProperty("heartbeat_interval").GetInt64().ShouldBe(30_000);
        }

        first.Nonce.ShouldNotBe(second.Nonce);
    }

    [Theory]
    [InlineData("hex")]
    [InlineData("HEX")]
    [InlineData("base64")]
    [InlineData("base64 unpadded")]
    [InlineData("base64url")]
    public async Task Item_16_2_token_is_accepted_in_every_encoding(string encoding)
    {
        await using var backend = await Backend.OpenAsync(await EndToEndNode.SharedAsync());
        var hex = Backend.TokenFor(backend.Nonce);
        var base64 = Convert.ToBase64String(Convert.FromHexString(hex));
        var token = encoding switch
        {
            "hex" => hex,
            "HEX" => hex.ToUpperInvariant(),
            "base64" => base64,
            "base64 unpadded" => base64.TrimEnd('='),
            _ => base64.TrimEnd('=').Replace('+', '-').Replace('/', '_'),
        };

        await backend.Socket.SendAsync(1, $$"""{"token":"{{token}}"}""");

        (await backend.Socket.NextAsync()).Op().ShouldBe(3);
    }

    [Fact]
    public async Task Item_16_2_token_of_another_connection_is_4001()
    {
        var node = await EndToEndNode.SharedAsync();
        await using var other = await Backend.OpenAsync(node);
        await using var backend = await Backend.OpenAsync(node);

        await backend.Socket.SendAsync(1, $$"""{"token":"{{Backend.TokenFor(other.Nonce)}}"}""");

        (await backend.Socket.EndAsync()).Code.ShouldBe(4001);
    }

    [Fact]
    public async Task Item_16_3_ready_and_every_acknowledgement_have_a_health_from_0_to_1()
    {
        await using var backend = await ConnectAsync();
        backend.Ready.GetProperty("d").GetProperty("health").GetDouble().ShouldBeInRange(0, 1);
        backend.Ready.GetProperty("d").GetProperty("resumed").GetBoolean().ShouldBeFalse();
        for (var beat = 0; beat < 3; beat++)
        {
            (await backend.BeatAsync("{\"s\":0}")).GetProperty("health").GetDouble().ShouldBeInRange(0, 1);
        }
    }

    [Fact]
    public async Task Item_16_4_heartbeat_is_answered_with_its_number_and_the_highest_sent()
    {
        await using var backend = await ConnectAsync();

        var ack = await backend.BeatAsync("{\"s\":41}");

        (ack.GetProperty("s").GetInt64(), ack.GetProperty("seq").GetInt64()).ShouldBe((41, 0));
        await backend.SettleAsync();
        (await backend.BeatAsync("{\"s\":1}")).GetProperty("seq").GetInt64().ShouldBe(1);
    }

    [Theory]
    [InlineData("{\"op\":4}")]
    [InlineData("{\"op\":4,\"d\":null}")]
    [InlineData("{\"op\":4,\"d\":{}}")]
    [InlineData("{\"op\":4,\"d\":17}")]
    public async Task Item_16_4_heartbeat_without_a_number_is_answered_with_0(string heartbeat)
    {
        await using var backend = await ConnectAsync();

        await backend.SendAsync(heartbeat);

        var ack = await backend.Socket.NextAsync();
        (ack.Op(), ack.GetProperty("d").GetProperty("s").GetInt64()).ShouldBe((5, 0));
    }

    [Fact]
    public async Task Item_16_6_channel_request_twice_has_one_token_and_after_a_destroy_another()
    {
        await using var backend = await ConnectAsync();
        var (guild, channel) = (Ids.Next(), Ids.Next());

        var token = await backend.RequestChannelAsync(LvspForm.Litecord, channel, guild);

        (await backend.RequestChannelAsync(LvspForm.Litecord, channel, guild)).ShouldBe(token);
        await backend.DestroyAsync(LvspForm.Litecord, channel, guild);
        (await backend.RequestChannelAsync(LvspForm.Litecord, channel, guild)).ShouldNotBe(token);
    }

    [Theory]
    [InlineData(LvspForm.Litecord)]
    [InlineData(LvspForm.Document)]
    public async Task Item_16_7_join_twice_has_one_session_id_and_after_a_leave_another(LvspForm form)
    {
        await using var backend = await ConnectAsync();
        var (guild, channel) = (Ids.Next(), Ids.Next());
        await backend.RequestChannelAsync(form, channel, guild);

        var joined = await backend.JoinAsync(form, Ids.Next(), channel, guild);

        (await backend.JoinAsync(form, joined.UserId, channel, guild)).ShouldBe(joined);
        await backend.LeaveAsync(form, joined);
        (await backend.JoinAsync(form, joined.UserId, channel, guild)).SessionId.ShouldNotBe(joined.SessionId);
    }

    [Fact]
    public async Task Item_16_8_private_call_has_the_guild_key_with_null()
    {
        await using var backend = await ConnectAsync();
        var channel = Ids.Next();

        await backend.InfoAsync(LvspForm.Litecord, 0, $$"""{"channel_id":"{{channel}}"}""");
        await backend.InfoAsync(LvspForm.Litecord, 4, $$"""{"channel_id":"{{channel}}","guild_id":null,"user_id":"{{Ids.Next()}}"}""");

        (await backend.TakeAsync(LvspForm.Litecord, 1)).GetProperty("guild_id").ValueKind.ShouldBe(JsonValueKind.Null);
        (await backend.TakeAsync(LvspForm.Litecord, 4)).GetProperty("guild_id").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    /// <summary>The table of section 7: what each type means, told apart by its body.</summary>
    [Theory]
    [InlineData(2, "\"channel_id\":\"{c}\",\"guild_id\":\"{g}\",\"bitrate\":96", "same channel, same state")]
    [InlineData(2, "\"channel_id\":\"{c}\",\"guild_id\":\"{g}\",\"channel_properties\":{\"bitrate\":96000}", "same channel, same state")]
    [InlineData(2, "\"channel_id\":\"{c}\",\"guild_id\":\"{g}\",\"user_limit\":5", "same channel, same state")]
    [InlineData(2, "\"channel_id\":\"{c}\",\"guild_id\":\"{g}\"", "new channel, new state")]
    [InlineData(3, "\"channel_id\":\"{c}\",\"guild_id\":\"{g}\"", "new channel, new state")]
    [InlineData(3, "\"channel_id\":\"{c}\",\"guild_id\":\"{g}\",\"user_id\":\"{u}\"", "answered, same channel, same state")]
    [InlineData(4, "\"channel_id\":\"{c}\",\"guild_id\":\"{g}\",\"user_id\":\"{u}\"", "answered, same channel, same state")]
    [InlineData(5, "\"channel_id\":\"{c}\",\"guild_id\":\"{g}\",\"user_id\":\"{u}\",\"mute\":true", "same channel, same state")]
    [InlineData(5, "\"channel_id\":\"{c}\",\"guild_id\":\"{g}\",\"user_id\":\"{u}\"", "same channel, new state")]
    [InlineData(6, "\"channel_id\":\"{c}\",\"guild_id\":\"{g}\",\"user_id\":\"{u}\",\"deaf\":false", "same channel, same state")]
    [InlineData(6, "\"channel_id\":\"{c}\",\"guild_id\":\"{g}\",\"user_id\":\"{u}\"", "same channel, new state")]
    [InlineData(6, "\"session_id\":\"{s}\"", "same channel, same state")]
    [InlineData(6, "\"session_id\":\"{s}\",\"suppress\":true", "same channel, same state")]
    public async Task Item_16_9_types_2_to_6_mean_what_their_body_says(int type, string body, string effect)
    {
        await using var backend = await ConnectAsync();
        var (guild, channel) = (Ids.Next(), Ids.Next());
        var token = await backend.RequestChannelAsync(LvspForm.Litecord, channel, guild);
        var joined = await backend.JoinAsync(LvspForm.Litecord, Ids.Next(), channel, guild);
        var named = body.Replace("{c}", channel).Replace("{g}", guild).Replace("{u}", joined.UserId).Replace("{s}", joined.SessionId);

        await backend.InfoAsync(LvspForm.Litecord, type, $"{{{named}}}");

        if (effect.StartsWith("answered", StringComparison.Ordinal))
        {
            (await backend.TakeJoinedAsync(LvspForm.Litecord, guild)).ShouldBe(joined);
        }

        var sameChannel = await backend.RequestChannelAsync(LvspForm.Litecord, channel, guild) == token;
        var sameState = (await backend.JoinAsync(LvspForm.Litecord, joined.UserId, channel, guild)).SessionId == joined.SessionId;
        sameChannel.ShouldBe(effect.Contains("same channel", StringComparison.Ordinal));
        sameState.ShouldBe(effect.Contains("same state", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Item_16_10_voice_state_request_is_answered_with_a_whole_voice_info_after_its_channel()
    {
        await using var backend = await ConnectAsync();
        var (channel, user) = (Ids.Next(), Ids.Next());

        await backend.Socket.SendAsync(7, $$"""{"user_id":"{{user}}","channel_id":"{{channel}}"}""");

        (await backend.TakeAsync(LvspForm.Document, 0)).Text("id").ShouldBe(channel);
        (await backend.TakeAsync(LvspForm.Document, 1)).Names().ShouldBe(
            ["user_id", "channel_id", "session_id", "deaf", "mute", "self_deaf", "self_mute", "suppress", "token", "endpoint"],
            ignoreOrder: true);
    }

    [Fact]
    public async Task Item_16_11_answers_come_in_the_form_of_their_request_even_on_one_link()
    {
        await using var backend = await ConnectAsync();
        foreach (var form in new[] { LvspForm.Litecord, LvspForm.Document, LvspForm.Litecord })
        {
            await backend.JoinAsync(form, Ids.Next(), await RequestedAsync(backend, form));
        }
    }

    [Fact]
    public async Task Item_16_14_compatible_address_has_seconds_and_no_channel_assign()
    {
        await using var backend = await Backend.ConnectAsync(await EndToEndNode.SharedAsync(), "?compat=litecord");
        var (guild, channel, user) = (Ids.Next(), Ids.Next(), Ids.Next());

        await backend.InfoAsync(LvspForm.Litecord, 0, $$"""{"guild_id":"{{guild}}","channel_id":"{{channel}}"}""");
        await backend.InfoAsync(LvspForm.Litecord, 4, $$"""{"guild_id":"{{guild}}","channel_id":"{{channel}}","user_id":"{{user}}"}""");

        backend.Hello.GetProperty("d").GetProperty("heartbeat_interval").GetInt64().ShouldBe(30);
        var joined = await backend.TakeJoinedAsync(LvspForm.Litecord, guild);
        (joined.UserId, joined.Token).ShouldSatisfyAllConditions(
            answer => answer.UserId.ShouldBe(user), answer => answer.Token.ShouldNotBeEmpty());
    }

    [Fact]
    public async Task Item_16_14_compatible_address_still_answers_the_document_form_in_its_form()
    {
        await using var backend = await Backend.ConnectAsync(await EndToEndNode.SharedAsync(), "?compat=litecord");
        var channel = await RequestedAsync(backend, LvspForm.Document);
        await backend.JoinAsync(LvspForm.Document, Ids.Next(), channel);
    }

    [Fact]
    public async Task Item_16_15_losing_the_link_leaves_a_call_running()
    {
        var node = await EndToEndNode.SharedAsync();
        var backend = await Backend.ConnectAsync(node);
        var channel = await RequestedAsync(backend, LvspForm.Litecord);
        await using var speaker = await Caller.ConnectAsync(node, await backend.JoinAsync(LvspForm.Litecord, Ids.Next(), channel));
        await using var listener = await Caller.ConnectAsync(node, await backend.JoinAsync(LvspForm.Litecord, Ids.Next(), channel));

        await backend.DisposeAsync();

        await speaker.SpeakToAsync(listener);
        await listener.SpeakToAsync(speaker);
        (speaker.Client.Ended.IsCompleted, listener.Client.Ended.IsCompleted).ShouldBe((false, false));
    }

    private static async Task<Backend> ConnectAsync() => await Backend.ConnectAsync(await EndToEndNode.SharedAsync());

    private static async Task<string> RequestedAsync(Backend backend, LvspForm form)
    {
        var channel = Ids.Next();
        await backend.RequestChannelAsync(form, channel);
        return channel;
    }
}
