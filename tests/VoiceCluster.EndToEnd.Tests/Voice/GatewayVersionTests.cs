using System.Text.Json;
using VoiceCluster.EndToEnd.Tests.Support;

namespace VoiceCluster.EndToEnd.Tests.Voice;

/// <summary>What each version of the voice gateway looks like on the wire.</summary>
public sealed class GatewayVersionTests
{
    public static TheoryData<int> Versions => [.. Enumerable.Range(1, 9)];

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Hello_has_the_form_of_its_version(int version)
    {
        await using var peer = await VoicePeer.OpenAsync(await EndToEndNode.SharedAsync(), version);

        if (version < 3)
        {
            peer.Hello.Names().ShouldBe(["heartbeat_interval"]);
            peer.Hello.GetProperty("heartbeat_interval").GetInt32().ShouldBe(13_750);
            return;
        }

        peer.Hello.Op().ShouldBe(8);
        peer.Hello.GetProperty("d").GetProperty("v").GetInt32().ShouldBe(version);
        peer.Hello.GetProperty("d").GetProperty("heartbeat_interval").GetInt32().ShouldBe(13_750);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?v=")]
    [InlineData("?v=newest")]
    [InlineData("?encoding=json")]
    public async Task Missing_version_is_version_1(string query)
    {
        await using var peer = await VoicePeer.OpenAsync(await EndToEndNode.SharedAsync(), query, 1);

        peer.Hello.Names().ShouldBe(["heartbeat_interval"]);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Ready_has_what_every_client_needs(int version)
    {
        await using var scene = await Scene.SetAsync();
        await using var peer = await VoicePeer.OpenAsync(scene.Node, version);

        await peer.IdentifyAsync(await scene.AddAsync(), ",\"video\":true,\"streams\":[{\"type\":\"screen\",\"rid\":\"100\",\"quality\":100}]");

        peer.Ssrc.ShouldBeInRange(1u, (1u << 24) - 1);
        peer.Ready.Text("ip").ShouldBe("127.0.0.1");
        peer.Ready.GetProperty("port").GetInt32().ShouldBeInRange(1, 65_535);
        peer.Ready.GetProperty("modes").EnumerateArray().Select(mode => mode.GetString()).ShouldContain("aead_aes256_gcm_rtpsize");
        peer.Ready.GetProperty("experiments").GetArrayLength().ShouldBe(0);
        var stream = peer.Ready.GetProperty("streams").EnumerateArray().ShouldHaveSingleItem();
        stream.Text("type").ShouldBe("video");
        stream.GetProperty("rtx_ssrc").GetUInt32().ShouldBe(stream.GetProperty("ssrc").GetUInt32() + 1);
        peer.Ready.TryGetProperty("heartbeat_interval", out var interval).ShouldBe(version <= 3);
        if (version <= 3)
        {
            interval.GetInt32().ShouldBe(13_750);
        }
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Heartbeat_is_answered_with_its_nonce_byte_for_byte(int version)
    {
        await using var peer = await VoicePeer.OpenAsync(await EndToEndNode.SharedAsync(), version);
        const string Nonce = "18446744073709551615";

        await peer.Socket.SendAsync(3, version >= 8 ? $$"""{"t":{{Nonce}},"seq_ack":-1}""" : Nonce);

        var answer = await peer.NextAsync();
        answer.Op().ShouldBe(version == 1 ? 3 : 6);
        answer.GetProperty("d").GetRawText().ShouldBe(version >= 8 ? $$"""{"t":{{Nonce}}}""" : Nonce);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Session_description_has_what_every_client_needs(int version)
    {
        await using var scene = await Scene.SetAsync();
        await using var peer = await VoicePeer.IdentifyAsync(scene.Node, await scene.AddAsync(), version);

        var before = await peer.SelectAsync("aead_aes256_gcm_rtpsize");

        before.Select(message => message.Op()).ShouldBe(version >= 5 ? [15] : []);
        peer.Description.Text("mode").ShouldBe("aead_aes256_gcm_rtpsize");
        peer.Description.GetProperty("secret_key").EnumerateArray().Select(part => part.GetByte()).Count().ShouldBe(32);
        peer.Description.GetProperty("dave_protocol_version").GetInt32().ShouldBe(0);
        peer.Description.Text("audio_codec").ShouldBe("opus");
        peer.Description.Text("video_codec").ShouldNotBeEmpty();
        peer.Description.Text("media_session_id").ShouldMatch("^[0-9a-f]{32}$");
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Newcomer_learns_who_is_there_and_who_has_spoken(int version)
    {
        await using var scene = await Scene.SetAsync();
        var (speaker, silent) = (await scene.AddAsync(), await scene.AddAsync());
        await using var speaking = await VoicePeer.JoinAsync(scene.Node, speaker);
        await using var quiet = await VoicePeer.JoinAsync(scene.Node, silent);
        await speaking.Socket.SendAsync(5, $$"""{"speaking":5,"delay":0,"ssrc":{{speaking.Ssrc}}}""");
        await speaking.Socket.SendAsync(5, $$"""{"speaking":0,"delay":0,"ssrc":{{speaking.Ssrc}}}""");
        (await quiet.UntilAsync(5)).GetProperty("speaking").GetInt32().ShouldBe(5);
        (await quiet.UntilAsync(5)).GetProperty("speaking").GetInt32().ShouldBe(0);

        await using var newcomer = await VoicePeer.IdentifyAsync(scene.Node, await scene.AddAsync(), version);
        var before = await newcomer.SelectAsync();
        var present = before[^1];
        var after = await newcomer.BeatAsync();

        present.Op().ShouldBe(11);
        present.GetProperty("d").GetProperty("user_ids").EnumerateArray().Select(id => id.GetString())
            .ShouldBe([speaker.UserId, silent.UserId], ignoreOrder: true);
        var spoken = after.Where(message => message.Op() == 5).ShouldHaveSingleItem().GetProperty("d");
        (spoken.Text("user_id"), spoken.GetProperty("ssrc").GetUInt32()).ShouldBe((speaker.UserId, speaking.Ssrc));
        spoken.GetProperty("speaking").GetRawText().ShouldBe(version <= 3 ? "true" : "5");
        after.Count(message => message.Op() == 12).ShouldBe(version <= 7 ? 2 : 0);
        after.Concat(before).ShouldAllBe(message => message.Names().Contains("seq") == (version >= 8));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Others_are_told_of_entry_speaking_video_and_leave(int version)
    {
        await using var scene = await Scene.SetAsync();
        await using var watcher = await VoicePeer.JoinAsync(scene.Node, await scene.AddAsync(), version);
        var user = await scene.AddAsync();

        await using var peer = await VoicePeer.JoinAsync(scene.Node, user);
        (await watcher.UntilAsync(11)).GetProperty("user_ids").EnumerateArray().ShouldHaveSingleItem().GetString().ShouldBe(user.UserId);
        await peer.Socket.SendAsync(5, """{"speaking":1,"delay":0}""");
        var speaking = await watcher.UntilAsync(5);
        (speaking.Text("user_id"), speaking.GetProperty("ssrc").GetUInt32()).ShouldBe((user.UserId, peer.Ssrc));
        speaking.GetProperty("speaking").GetRawText().ShouldBe(version <= 3 ? "true" : "1");
        await peer.Socket.SendAsync(12, VideoOn(peer));
        var video = await WatchVideoAsync(watcher, off: false);
        (video.Text("user_id"), video.GetProperty("audio_ssrc").GetUInt32(), video.GetProperty("video_ssrc").GetUInt32())
            .ShouldBe((user.UserId, peer.Ssrc, peer.Ssrc + 1));
        await peer.Socket.SendAsync(12, $$"""{"audio_ssrc":{{peer.Ssrc}},"video_ssrc":0,"rtx_ssrc":0,"streams":[]}""");
        (await WatchVideoAsync(watcher, off: true)).Text("user_id").ShouldBe(user.UserId);
        await scene.LeaveAsync(user);
        (await watcher.UntilAsync(13)).Text("user_id").ShouldBe(user.UserId);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Speaking_is_taken_as_a_boolean_and_as_a_number(int version)
    {
        await using var scene = await Scene.SetAsync();
        await using var watcher = await VoicePeer.JoinAsync(scene.Node, await scene.AddAsync());
        await using var peer = await VoicePeer.JoinAsync(scene.Node, await scene.AddAsync(), version);

        foreach (var (said, told) in new[] { ("true", 1), ("false", 0), ("4", 4) })
        {
            await peer.Socket.SendAsync(5, $$"""{"speaking":{{said}},"delay":0,"ssrc":12345}""");
            var speaking = await watcher.UntilAsync(5);
            (speaking.GetProperty("speaking").GetInt32(), speaking.GetProperty("ssrc").GetUInt32()).ShouldBe((told, peer.Ssrc));
        }
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Version_of_the_backend_is_answered(int version)
    {
        await using var scene = await Scene.SetAsync();
        await using var peer = await VoicePeer.IdentifyAsync(scene.Node, await scene.AddAsync(), version);

        await peer.Socket.SendAsync(16, "{}");

        var answer = await peer.TakeAsync(16);
        (answer.Text("voice").Length, answer.Text("rtc_worker").Length).ShouldSatisfyAllConditions(
            lengths => lengths.Item1.ShouldBePositive(), lengths => lengths.Item2.ShouldBePositive());
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Audio_flows_between_a_client_of_every_version_and_one_of_the_newest(int version)
    {
        await using var scene = await Scene.SetAsync();
        await using var one = await scene.CallAsync(version);
        await using var other = await scene.CallAsync(9);

        await one.SpeakToAsync(other);
        await other.SpeakToAsync(one);
    }

    [Fact]
    public async Task Identify_before_hello_arrives_is_taken()
    {
        await using var scene = await Scene.SetAsync();
        var user = await scene.AddAsync();
        await using var socket = await RawSocket.ConnectAsync(new Uri(scene.Node.Voice, "?v=8"));

        await socket.SendAsync(
            0, $$"""{"server_id":"{{user.ServerId}}","user_id":{{user.UserId}},"session_id":"{{user.SessionId}}","token":"{{user.Token}}"}""");

        (await socket.NextAsync()).Op().ShouldBe(8);
        (await socket.NextAsync()).Op().ShouldBe(2);
    }

    private static string VideoOn(VoicePeer peer) =>
        $$"""
        {"audio_ssrc":{{peer.Ssrc}},"video_ssrc":{{peer.Ssrc + 1}},"rtx_ssrc":{{peer.Ssrc + 2}},"streams":
        [{"type":"video","rid":"100","ssrc":{{peer.Ssrc + 1}},"rtx_ssrc":{{peer.Ssrc + 2}},"active":true,"quality":100,"max_bitrate":2500000,"max_framerate":30}]}
        """;

    private static async Task<JsonElement> WatchVideoAsync(VoicePeer watcher, bool off)
    {
        while (true)
        {
            var video = await watcher.UntilAsync(12);
            if (video.GetProperty("video_ssrc").GetUInt32() == 0 == off)
            {
                return video;
            }
        }
    }
}
