using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.TestKit;

namespace VoiceCluster.EndToEnd.Tests.Voice;

/// <summary>Every close code that the server sends to voice clients.</summary>
public sealed class CloseCodeTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(33)]
    [InlineData(-1)]
    [InlineData(255)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(11)]
    public async Task Close_4001_unknown_opcode_or_one_that_only_the_server_sends(int op)
    {
        await using var scene = await Scene.SetAsync();
        await using var peer = await VoicePeer.IdentifyAsync(scene.Node, await scene.AddAsync());

        await peer.Socket.SendAsync(op, "{}");

        (await peer.Socket.EndAsync()).Code.ShouldBe(4001);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("{\"d\":{}}")]
    [InlineData("{\"op\":0,\"d\":{}}")]
    [InlineData("{\"op\":0,\"d\":{\"server_id\":\"1\",\"user_id\":\"x\",\"session_id\":\"s\",\"token\":\"t\"}}")]
    [InlineData("{\"op\":0}")]
    [InlineData("{\"op\":7,\"d\":{\"server_id\":\"1\"}}")]
    public async Task Close_4002_not_decodable_or_a_malformed_identify(string text)
    {
        await using var peer = await VoicePeer.OpenAsync(await EndToEndNode.SharedAsync());

        await peer.Socket.SendAsync(text);

        (await peer.Socket.EndAsync()).Code.ShouldBe(4002);
    }

    [Fact]
    public async Task Close_4002_message_longer_than_64_KiB()
    {
        await using var peer = await VoicePeer.OpenAsync(await EndToEndNode.SharedAsync());

        await peer.Socket.SendAsync(3, $"\"{new string('x', 64 * 1024)}\"");

        (await peer.Socket.EndAsync()).Code.ShouldBe(4002);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(12)]
    [InlineData(16)]
    public async Task Close_4003_anything_else_before_identify(int op)
    {
        await using var peer = await VoicePeer.OpenAsync(await EndToEndNode.SharedAsync());

        await peer.Socket.SendAsync(op, "{}");

        (await peer.Socket.EndAsync()).Code.ShouldBe(4003);
    }

    [Fact]
    public async Task Close_4003_binary_before_identify()
    {
        await using var peer = await VoicePeer.OpenAsync(await EndToEndNode.SharedAsync());

        await peer.Socket.SendBinaryAsync(26, 1);

        (await peer.Socket.EndAsync()).Code.ShouldBe(4003);
    }

    [Fact]
    public async Task Close_4003_no_identify_in_30_seconds()
    {
        await using var node = await StartAsync();
        await using var peer = await VoicePeer.OpenAsync(node);
        node.Advance(29 * Second);
        (await peer.BeatAsync()).ShouldBeEmpty();

        node.Advance(1 * Second);

        (await peer.Socket.EndAsync()).Code.ShouldBe(4003);
    }

    [Fact]
    public async Task Close_4004_wrong_token()
    {
        await using var scene = await Scene.SetAsync();
        var user = await scene.AddAsync();
        var other = await scene.AddAsync();
        foreach (var token in new[] { "nonsense", other.Token, user.Token.ToUpperInvariant(), new string('x', 64) })
        {
            await using var peer = await VoicePeer.OpenAsync(scene.Node);

            await peer.SendIdentifyAsync(user with { Token = token });

            (await peer.Socket.EndAsync()).Code.ShouldBe(4004);
            (await peer.Socket.RestAsync()).ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task Close_4005_second_identify_or_resume()
    {
        await using var scene = await Scene.SetAsync();
        var user = await scene.AddAsync();
        foreach (var again in new[] { 0, 7 })
        {
            await using var peer = await VoicePeer.IdentifyAsync(scene.Node, user);

            await (again == 0 ? peer.SendIdentifyAsync(user) : peer.SendResumeAsync(user, "0"));

            (await peer.Socket.EndAsync()).Code.ShouldBe(4005);
        }
    }

    [Fact]
    public async Task Close_4006_wrong_session_id_or_a_session_of_the_past()
    {
        await using var scene = await Scene.SetAsync();
        var user = await scene.AddAsync();
        await using (var peer = await VoicePeer.OpenAsync(scene.Node))
        {
            await peer.SendIdentifyAsync(user with { SessionId = new string('x', 32) });
            (await peer.Socket.EndAsync()).Code.ShouldBe(4006);
        }

        await scene.LeaveAsync(user);
        await scene.Backend.SettleAsync();
        await using var late = await VoicePeer.OpenAsync(scene.Node);
        await late.SendIdentifyAsync(user with { Token = scene.ChannelToken });
        (await late.Socket.EndAsync()).Code.ShouldBe(4006);
    }

    [Fact]
    public async Task Close_4006_identify_elsewhere_replaces_the_socket()
    {
        await using var scene = await Scene.SetAsync();
        var user = await scene.AddAsync();
        await using var first = await VoicePeer.JoinAsync(scene.Node, user);

        await using var second = await VoicePeer.JoinAsync(scene.Node, user);

        (await first.Socket.EndAsync()).Code.ShouldBe(4006);
        (await second.BeatAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Close_4006_channel_that_version_9_names_is_another()
    {
        await using var scene = await Scene.SetAsync();
        await using var peer = await VoicePeer.OpenAsync(scene.Node, 9);

        await peer.SendIdentifyAsync(await scene.AddAsync(), $",\"channel_id\":\"{Ids.Next()}\"");

        (await peer.Socket.EndAsync()).Code.ShouldBe(4006);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Close_4009_heartbeats_are_missing(bool identified)
    {
        await using var node = await StartAsync();
        await using var scene = await Scene.SetAsync(node);
        await using var peer = await VoicePeer.OpenAsync(node);
        node.Advance(20 * Second);
        await peer.BeatAsync();
        if (identified)
        {
            await peer.IdentifyAsync(await scene.AddAsync());
            await peer.SelectAsync();
        }

        var patience = (2 * TimeSpan.FromMilliseconds(13_750)) + (10 * Second);
        node.Advance(identified ? patience - Second : 9 * Second);
        peer.Socket.IsOpen.ShouldBeTrue();
        node.Advance(1 * Second);

        (await peer.Socket.EndAsync()).Code.ShouldBe(identified ? 4009 : 4003);
    }

    [Fact]
    public async Task Close_4009_select_protocol_does_not_come()
    {
        await using var node = await StartAsync();
        await using var scene = await Scene.SetAsync(node);
        await using var peer = await VoicePeer.IdentifyAsync(node, await scene.AddAsync());
        foreach (var step in new[] { 25, 34 })
        {
            node.Advance(step * Second);
            (await peer.BeatAsync()).ShouldBeEmpty();
        }

        node.Advance(1 * Second);

        (await peer.Socket.EndAsync()).Code.ShouldBe(4009);
    }

    [Fact]
    public async Task Close_4009_client_reads_too_slowly_and_the_others_do_not_notice()
    {
        await using var node = await EndToEndNode.StartAsync("--Limits:VoiceMessagesPerMinute=100000", "--Limits:VoiceMessagesPerSecond=10000");
        await using var scene = await Scene.SetAsync(node);
        await using var slow = await VoicePeer.GreetedAsync(await RawSocket.ConnectNarrowAsync(new Uri(node.Voice, "?v=8")), 8);
        await slow.IdentifyAsync(await scene.AddAsync());
        await slow.SelectAsync();
        await using var speaker = await VoicePeer.JoinAsync(node, await scene.AddAsync());
        await using var listener = await VoicePeer.JoinAsync(node, await scene.AddAsync());
        var cut = node.Log.WaitForAsync(entry => entry.Message.Contains("too slowly", StringComparison.Ordinal));

        // Long messages, because the kernel takes megabytes of them before a server notices anything.
        slow.Socket.HoldReading();
        for (var round = 1; !cut.IsCompleted; round++)
        {
            for (var message = 1; message <= 20; message++)
            {
                await speaker.Socket.SendAsync(12, Video(round, message));
            }

            await WatchVideoAsync(listener, 20);
        }

        slow.Socket.GoOnReading();
        (await slow.Socket.EndAsync()).Code.ShouldBe(4009);
        (await speaker.BeatAsync()).ShouldAllBe(message => message.Op() == 11);
    }

    [Fact]
    public async Task Close_4011_unknown_server()
    {
        await using var scene = await Scene.SetAsync();
        var user = await scene.AddAsync();
        foreach (var token in new[] { user.Token, scene.ChannelToken })
        {
            await using var peer = await VoicePeer.OpenAsync(scene.Node);

            await peer.SendIdentifyAsync(user with { GuildId = Ids.Next(), Token = token });

            (await peer.Socket.EndAsync()).Code.ShouldBe(4011);
        }
    }

    [Theory]
    [InlineData("{\"protocol\":\"tcp\",\"data\":{\"address\":\"127.0.0.1\",\"port\":1,\"mode\":\"aead_aes256_gcm_rtpsize\"}}")]
    [InlineData("{\"protocol\":\"webrtc\",\"data\":\"a=ice-ufrag:x\"}")]
    public async Task Close_4012_unknown_protocol(string select)
    {
        await using var scene = await Scene.SetAsync();
        await using var peer = await VoicePeer.IdentifyAsync(scene.Node, await scene.AddAsync());

        await peer.Socket.SendAsync(1, select);

        (await peer.Socket.EndAsync()).Code.ShouldBe(4012);
    }

    [Fact]
    public async Task Close_4014_user_leaves()
    {
        await using var scene = await Scene.SetAsync();
        var user = await scene.AddAsync();
        await using var peer = await VoicePeer.JoinAsync(scene.Node, user);

        await scene.LeaveAsync(user);

        (await peer.Socket.EndAsync()).Code.ShouldBe(4014);
    }

    [Fact]
    public async Task Close_4015_node_stops()
    {
        await using var node = await EndToEndNode.StartAsync();
        await using var scene = await Scene.SetAsync(node);
        await using var identified = await VoicePeer.JoinAsync(node, await scene.AddAsync());
        await using var waiting = await VoicePeer.OpenAsync(node);

        await node.Host.StopAsync(CancellationToken.None);

        (await identified.Socket.EndAsync()).Code.ShouldBe(4015);
        (await waiting.Socket.EndAsync()).Code.ShouldBe(4015);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("")]
    [InlineData("AEAD_AES256_GCM_RTPSIZE")]
    public async Task Close_4016_unknown_mode(string mode)
    {
        await using var scene = await Scene.SetAsync();
        await using var peer = await VoicePeer.IdentifyAsync(scene.Node, await scene.AddAsync());

        await peer.SendSelectAsync(mode);

        (await peer.Socket.EndAsync()).Code.ShouldBe(4016);
    }

    [Fact]
    public async Task Close_4016_mode_that_is_not_offered()
    {
        await using var node = await EndToEndNode.StartAsync("--Media:Modes=aead_aes256_gcm_rtpsize");
        await using var scene = await Scene.SetAsync(node);
        await using var peer = await VoicePeer.IdentifyAsync(node, await scene.AddAsync());
        peer.Ready.GetProperty("modes").GetArrayLength().ShouldBe(1);

        await peer.SendSelectAsync("xsalsa20_poly1305");

        (await peer.Socket.EndAsync()).Code.ShouldBe(4016);
    }

    [Theory]
    [InlineData("?v=0")]
    [InlineData("?v=10")]
    [InlineData("?v=-1")]
    [InlineData("?v=99999999999999999999999999999999999999999999")]
    public async Task Close_4020_version_that_does_not_exist(string query)
    {
        await using var socket = await RawSocket.ConnectAsync(new Uri((await EndToEndNode.SharedAsync()).Voice.AbsoluteUri + query));

        (await socket.EndAsync()).Code.ShouldBe(4020);
    }

    [Theory]
    [InlineData(5, "{\"speaking\":\"loud\"}")]
    [InlineData(15, "[]")]
    [InlineData(12, "[]")]
    [InlineData(26, "{}")]
    [InlineData(28, "{}")]
    public async Task Close_4020_malformed_later_payload(int op, string d)
    {
        await using var scene = await Scene.SetAsync();
        await using var peer = await VoicePeer.IdentifyAsync(scene.Node, await scene.AddAsync());

        await peer.Socket.SendAsync(op, d);

        (await peer.Socket.EndAsync()).Code.ShouldBe(4020);
    }

    [Fact]
    public async Task Close_4020_binary_without_end_to_end_encryption()
    {
        await using var scene = await Scene.SetAsync();
        await using var peer = await VoicePeer.IdentifyAsync(scene.Node, await scene.AddAsync());

        await peer.Socket.SendBinaryAsync(26, 1, 2, 3);

        (await peer.Socket.EndAsync()).Code.ShouldBe(4020);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Close_4021_too_many_messages(bool identified)
    {
        await using var node = await EndToEndNode.StartAsync("--Limits:VoiceMessagesPerMinute=10");
        await using var scene = await Scene.SetAsync(node);
        await using var peer = identified ? await VoicePeer.IdentifyAsync(node, await scene.AddAsync()) : await VoicePeer.OpenAsync(node);

        var sent = 0;
        while (sent < 1_000 && await peer.Socket.TrySendAsync(RawSocket.Message(3, "1")))
        {
            sent++;
        }

        (await peer.Socket.EndAsync()).Code.ShouldBe(4021);
    }

    [Fact]
    public async Task Close_4022_channel_is_destroyed()
    {
        await using var scene = await Scene.SetAsync();
        await using var one = await VoicePeer.JoinAsync(scene.Node, await scene.AddAsync());
        await using var other = await VoicePeer.IdentifyAsync(scene.Node, await scene.AddAsync());

        await scene.DestroyAsync();

        (await one.Socket.EndAsync()).Code.ShouldBe(4022);
        (await other.Socket.EndAsync()).Code.ShouldBe(4022);
    }

    private static string Video(int round, int message)
    {
        var streams = Enumerable.Range(0, 8).Select(_ =>
            $$"""{"type":"video","rid":"100","quality":100,"active":true,"max_bitrate":{{round}},"max_framerate":{{message}} }""");
        return $$"""{"audio_ssrc":1,"video_ssrc":2,"rtx_ssrc":3,"streams":[{{string.Join(',', streams)}}]}""";
    }

    private static async Task WatchVideoAsync(VoicePeer listener, int message)
    {
        while ((await listener.UntilAsync(12)).GetProperty("streams")[0].GetProperty("max_framerate").GetInt32() != message)
        {
        }
    }

    private static Task<EndToEndNode> StartAsync() => EndToEndNode.StartAsync(new EndToEndSetup { Time = new ManualTimeProvider() });
}
