using System.Net;
using VoiceCluster.Client.Voice;
using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Udp;
using VoiceCluster.TestKit;

namespace VoiceCluster.EndToEnd.Tests.Voice;

/// <summary>What control does to packets.</summary>
public sealed class MediaTests
{
    [Fact]
    public async Task Speaker_who_says_nothing_about_it_is_announced_by_the_first_packet()
    {
        await using var scene = await Scene.SetAsync();
        await using var listener = await scene.CallAsync();
        await using var speaker = await scene.CallAsync();

        await speaker.SpeakToAsync(listener);

        var speaking = await listener.UntilEventAsync<SpeakingEvent>();
        (speaking.UserId, speaking.Ssrc, speaking.Flags).ShouldBe((speaker.Client.UserId, speaker.Client.Ready!.Ssrc, SpeakingFlags.Voice));
        (await speaker.SpeakToAsync(listener)).UserId.ShouldBe(speaker.Client.UserId.ToString());
    }

    [Theory]
    [InlineData("mute")]
    [InlineData("suppress")]
    public async Task Muted_or_suppressed_user_is_not_heard_and_hears(string flag)
    {
        await using var scene = await Scene.SetAsync();
        var user = await scene.AddAsync();
        await using var muted = await Caller.ConnectAsync(scene.Node, user);
        await using var other = await scene.CallAsync();
        await muted.SpeakToAsync(other);

        await scene.SetFlagsAsync(user, $"\"{flag}\":true");
        await muted.FallsSilentToAsync(other);
        await other.SpeakToAsync(muted);
        await scene.SetFlagsAsync(user, $"\"{flag}\":false");

        await muted.SpeakToAsync(other);
    }

    [Theory]
    [InlineData("deaf")]
    [InlineData("self_deaf")]
    public async Task Deaf_user_is_sent_nothing_and_is_heard(string flag)
    {
        await using var scene = await Scene.SetAsync();
        var user = await scene.AddAsync();
        await using var deaf = await Caller.ConnectAsync(scene.Node, user);
        await using var other = await scene.CallAsync();
        await other.SpeakToAsync(deaf);

        await scene.SetFlagsAsync(user, $"\"{flag}\":true");
        await other.FallsSilentToAsync(deaf);
        await deaf.SpeakToAsync(other);
        await scene.SetFlagsAsync(user, $"\"{flag}\":false");

        await other.SpeakToAsync(deaf);
    }

    [Fact]
    public async Task Self_mute_is_the_users_own_affair()
    {
        await using var scene = await Scene.SetAsync();
        var user = await scene.AddAsync();
        await using var speaker = await Caller.ConnectAsync(scene.Node, user);
        await using var other = await scene.CallAsync();

        await scene.SetFlagsAsync(user, "\"self_mute\":true");

        await speaker.SpeakToAsync(other);
    }

    [Fact]
    public async Task Flags_given_with_the_join_hold_from_the_first_packet()
    {
        await using var scene = await Scene.SetAsync();
        var user = Ids.Next();
        await scene.Backend.InfoAsync(
            LvspForm.Litecord, 4, $$"""{"user_id":"{{user}}","guild_id":"{{scene.Guild}}","channel_id":"{{scene.Channel}}","mute":true}""");
        await using var muted = await Caller.ConnectAsync(scene.Node, await scene.Backend.TakeJoinedAsync(LvspForm.Litecord, scene.Guild));
        await using var other = await scene.CallAsync();
        await other.SpeakToAsync(muted);

        (await muted.PassesAsync(other)).ShouldBeFalse();
    }

    [Fact]
    public async Task Bitrate_above_the_channels_is_dropped_and_leaves_no_gap_in_the_numbers()
    {
        await using var node = await EndToEndNode.StartAsync(new EndToEndSetup { Time = new ManualTimeProvider() });
        await using var scene = await Scene.SetAsync(node);
        await scene.Backend.InfoAsync(
            LvspForm.Litecord, 2, $$"""{"guild_id":"{{scene.Guild}}","channel_id":"{{scene.Channel}}","bitrate":8000}""");
        await using var listener = await scene.CallAsync();
        await using var speaker = await scene.CallAsync();

        // 8 kbit/s with a quarter of headroom and two seconds of burst: 2,500 bytes at once, then 1,250 a second.
        await UntilPlannedAsync(node, speaker, listener);
        node.Advance(TimeSpan.FromSeconds(2));
        var first = await BurstAsync(speaker, listener, frames: 40);
        node.Advance(TimeSpan.FromSeconds(0.85));
        var second = await BurstAsync(speaker, listener, frames: 40);

        first.Count.ShouldBe(25);
        second.Count.ShouldBe(10);
        var numbers = first.Concat(second).Select(packet => packet.SequenceNumber).ToList();
        numbers.ShouldBe(Enumerable.Range(0, numbers.Count).Select(step => (ushort)(numbers[0] + step)));
        unchecked
        {
            // The timestamps tell how long it really was.
            (second[0].Timestamp - first[0].Timestamp).ShouldBe(40u * 960);
        }
    }

    [Fact]
    public async Task Nothing_but_discovery_answers_is_sent_before_the_session_description()
    {
        await using var scene = await Scene.SetAsync();
        var user = await scene.AddAsync();
        await using var speaker = await scene.CallAsync();
        await using var third = await scene.CallAsync();
        await using var peer = await VoicePeer.IdentifyAsync(scene.Node, user);
        using var udp = new MediaSocket(new IPEndPoint(IPAddress.Loopback, peer.Ready.GetProperty("port").GetInt32()));

        await AskAddressAsync(udp, peer.Ssrc);
        await speaker.SpeakToAsync(third);
        await AskAddressAsync(udp, peer.Ssrc);

        // Bound by discovery, media comes as soon as there is a description.
        await peer.SelectAsync();
        var buffer = new byte[MediaSocket.LargestDatagram];
        var receiving = udp.ReceiveAsync(buffer).AsTask();
        while (!receiving.IsCompleted || IpDiscovery.TryParseResponse(buffer.AsSpan(0, await receiving), out _))
        {
            await speaker.SpeakToAsync(third);
            receiving = receiving.IsCompleted ? udp.ReceiveAsync(buffer).AsTask() : receiving;
        }

        DatagramClassifier.Classify(buffer.AsSpan(0, await receiving)).ShouldBe(DatagramKind.Rtp);
    }

    [Fact]
    public async Task Discovery_is_answered_at_any_time_and_for_anybody()
    {
        await using var scene = await Scene.SetAsync();
        await using var caller = await scene.CallAsync();
        using var stranger = new MediaSocket(new IPEndPoint(IPAddress.Loopback, caller.Client.Ready!.Port));

        await AskAddressAsync(stranger, 4711);
        await caller.EchoAsync();
    }

    [Fact]
    public async Task Stranger_who_repeats_a_discovery_does_not_take_over_the_media_of_a_session()
    {
        await using var scene = await Scene.SetAsync();
        await using var victim = await scene.CallAsync();
        await using var speaker = await scene.CallAsync();
        await victim.SpeakToAsync(speaker);
        await speaker.SpeakToAsync(victim);
        using var stranger = new MediaSocket(new IPEndPoint(IPAddress.Loopback, victim.Client.Ready!.Port));

        await AskAddressAsync(stranger, victim.Client.Ready!.Ssrc.Value);
        await victim.SpeakToAsync(speaker);

        await speaker.SpeakToAsync(victim);
    }

    [Fact]
    public async Task Select_protocol_again_is_answered_with_a_new_key()
    {
        await using var scene = await Scene.SetAsync();
        await using var peer = await VoicePeer.JoinAsync(scene.Node, await scene.AddAsync());
        var first = peer.Description.GetProperty("secret_key").GetRawText();

        (await peer.SelectAsync("aead_aes256_gcm_rtpsize")).ShouldBeEmpty();

        peer.Description.GetProperty("secret_key").GetRawText().ShouldNotBe(first);
    }

    [Fact]
    public async Task Unwanted_source_is_not_sent_to_the_one_who_does_not_want_it()
    {
        await using var scene = await Scene.SetAsync();
        await using var listener = await scene.CallAsync();
        await using var speaker = await scene.CallAsync();
        await speaker.SpeakToAsync(listener);

        await listener.Client.SendAsync(Wants(100, speaker, 0));
        await speaker.FallsSilentToAsync(listener);
        await listener.Client.SendAsync(Wants(100, speaker, 100));

        await speaker.SpeakToAsync(listener);
    }

    private static MediaSinkWants Wants(int any, Caller speaker, int quality) =>
        new(any, new[] { new SourceQuality(speaker.Client.Ready!.Ssrc, quality) }.ToValueArray());

    private static async Task<List<HeardPacket>> BurstAsync(Caller speaker, Caller listener, int frames)
    {
        await speaker.EchoAsync();
        var payload = new byte[100];
        payload[0] = 0x78;
        for (var frame = 0; frame < frames; frame++)
        {
            speaker.Client.SendFrame(payload).ShouldBeTrue();
        }

        await speaker.EchoAsync();
        await listener.EchoAsync();
        var heard = new List<HeardPacket>();
        while (listener.Heard.TryRead(out var packet))
        {
            if (packet.Payload.Length == payload.Length)
            {
                heard.Add(packet);
            }
        }

        return heard;
    }

    /// <summary>Those who join soon after each other are planned together, when the interval is over: it may begin at any moment.</summary>
    private static async Task UntilPlannedAsync(EndToEndNode node, Caller speaker, Caller listener)
    {
        var heard = speaker.SpeakToAsync(listener);
        while (await Task.WhenAny(heard, Task.Delay(TimeSpan.FromMilliseconds(20))) != heard)
        {
            node.Advance(TimeSpan.FromMilliseconds(25));
        }

        await heard;
    }

    /// <summary>Asks for the public address until it is told; the first datagram that comes has to tell it.</summary>
    private static async Task AskAddressAsync(MediaSocket udp, uint ssrc)
    {
        var request = new byte[IpDiscovery.CurrentLength];
        IpDiscovery.WriteRequest(IpDiscoveryForm.Current, new Ssrc(ssrc), request);
        var answer = new byte[MediaSocket.LargestDatagram];
        var receiving = udp.ReceiveAsync(answer).AsTask();
        do
        {
            udp.Send(request).ShouldBeTrue();
        }
        while (await Task.WhenAny(receiving, Task.Delay(TimeSpan.FromSeconds(1))) != receiving);
        IpDiscovery.TryParseResponse(answer.AsSpan(0, await receiving), out var response).ShouldBeTrue();
        (response.Ssrc.Value, response.Port).ShouldBe((ssrc, (ushort)udp.Local.Port));
    }
}
