using VoiceCluster.Client.Assets;
using VoiceCluster.Client.Sockets;
using VoiceCluster.Client.Voice;
using VoiceCluster.Crypto;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Gateway.Client;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.TestKit.Fakes;

namespace VoiceCluster.Client.Tests.Voice;

public sealed class VoiceClientTests : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly FakeNode _node = new();

    public static TheoryData<int> Versions => [.. Enumerable.Range(1, 9)];

    public static TheoryData<TransportEncryptionMode> Modes => [.. TransportEncryptionModes.All.Where(TransportCiphers.IsAvailable)];

    public async ValueTask DisposeAsync() => await _node.DisposeAsync();

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task ConnectAsync_at_every_version_gets_source_address_and_key(int version)
    {
        await using var client = new VoiceClient(Options(40) with { Version = new VoiceGatewayVersion(version) });

        await client.ConnectAsync();

        client.Ready!.Ssrc.ShouldBe(_node.Media.SsrcOf[new Snowflake(40)]);
        client.PublicAddress!.Address.ToString().ShouldBe("127.0.0.1");
        client.Session!.SecretKey.Count.ShouldBe(32);
        client.HelloVersion.ShouldBe(version >= 3 ? version : null);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task SendFrame_in_every_mode_is_heard_by_the_other_and_attributed(TransportEncryptionMode mode)
    {
        await using var speaker = await ConnectAsync(40, mode);
        await using var listener = new VoiceClient(Options(41) with { Mode = mode });
        var heard = new TaskCompletionSource<(Snowflake? User, byte[] Payload)>();
        listener.Listener = (scoped in HeardFrame frame) => heard.TrySetResult((frame.UserId, frame.Packet.Payload.ToArray()));
        await listener.ConnectAsync();
        await speaker.SpeakAsync(SpeakingFlags.Voice);
        await UntilAsync<VoiceServerMessage.Event>(listener);

        speaker.SendFrame(SpeechAsset.Frames[0].Span).ShouldBeTrue();

        var (user, payload) = await heard.Task.WaitAsync(Limit);
        user.ShouldBe(speaker.UserId);
        payload.ShouldBe(SpeechAsset.Frames[0].ToArray());
        listener.Session!.Mode.ShouldBe(mode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SendFrame_counts_the_nonce_in_the_byte_order_asked_for(bool littleEndian)
    {
        await using var speaker = new VoiceClient(Options(40) with { LittleEndianNonce = littleEndian, FirstNonce = 0x01020304 });
        await speaker.ConnectAsync();
        await using var listener = new VoiceClient(Options(41));
        var heard = new SemaphoreSlim(0);
        listener.Listener = (scoped in HeardFrame _) => heard.Release();
        await listener.ConnectAsync();

        speaker.SendFrame(SpeechAsset.Frames[0].Span);
        speaker.SendFrame(SpeechAsset.Frames[1].Span);

        (await heard.WaitAsync(Limit) && await heard.WaitAsync(Limit)).ShouldBeTrue();
        speaker.Counters.Sent.ShouldBe(2);
    }

    [Fact]
    public async Task DiscoverAsync_lost_requests_are_repeated()
    {
        _node.Media.IgnoredDiscoveries = 1;
        await using var client = new VoiceClient(Options(40));

        await client.ConnectAsync();

        client.PublicAddress.ShouldNotBeNull();
    }

    [Fact]
    public async Task IdentifyAsync_refused_tells_user_and_close_code()
    {
        await using var client = new VoiceClient(Options(40) with { Token = "stolen" });

        var exception = await Should.ThrowAsync<ConnectionEndedException>(() => client.IdentifyAsync());

        exception.Code.ShouldBe(4004);
        exception.Message.ShouldStartWith("user 40 lost ");
    }

    [Fact]
    public async Task SelectProtocolAsync_mode_that_is_not_offered_names_those_that_are()
    {
        _node.Media.Modes = [TransportEncryptionMode.AeadAes256GcmRtpSize];
        await using var client = new VoiceClient(Options(40) with { Mode = TransportEncryptionMode.AeadAes256Gcm });
        await client.IdentifyAsync();

        var exception = await Should.ThrowAsync<RefusedException>(() => client.SelectProtocolAsync());

        exception.Message.ShouldBe("user 40 wanted aead_aes256_gcm; the server offers aead_aes256_gcm_rtpsize.");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(8)]
    public async Task Heartbeats_are_sent_by_themselves_and_timed(int version)
    {
        _node.HeartbeatIntervalMs = 100;
        await using var client = new VoiceClient(Options(40) with { Version = new VoiceGatewayVersion(version) });
        await client.IdentifyAsync();

        await UntilAsync<VoiceServerMessage.HeartbeatAck>(client);

        client.HeartbeatRoundTrip.ShouldBeGreaterThan(TimeSpan.Zero);
    }

    [Fact]
    public async Task A_server_that_answers_no_heartbeat_is_given_up()
    {
        _node.HeartbeatIntervalMs = 50;
        _node.IsSilent = true;
        await using var client = new VoiceClient(Options(40));
        await client.IdentifyAsync();

        (await client.Ended.WaitAsync(Limit)).Code.ShouldBeNull();
    }

    [Fact]
    public async Task ResumeAsync_after_a_dropped_socket_tells_the_last_number_and_keeps_media()
    {
        await using var speaker = await ConnectAsync(40);
        await using var listener = new VoiceClient(Options(41));
        var heard = new TaskCompletionSource<Snowflake?>();
        listener.Listener = (scoped in HeardFrame frame) => heard.TrySetResult(frame.UserId);
        await listener.ConnectAsync();
        await speaker.SpeakAsync(SpeakingFlags.Voice);
        await UntilAsync<VoiceServerMessage.Event>(listener);

        await listener.ResumeAsync();

        speaker.SendFrame(SpeechAsset.Frames[0].Span);
        (await heard.Task.WaitAsync(Limit)).ShouldBe(speaker.UserId);
        _node.VoiceLinks.ShouldContain(link => link.ResumedWith != null && link.ResumedWith.SequenceAck.Value == 1);
    }

    [Fact]
    public async Task Ended_tells_how_the_server_closed()
    {
        await using var client = await ConnectAsync(40);

        await _node.VoiceLinks.Single().CloseAsync(4014, "moved");

        var end = await client.Ended.WaitAsync(Limit);
        end.Code.ShouldBe(4014);
        end.Reason.ShouldBe("moved");
    }

    [Fact]
    public async Task EchoAsync_keepalive_that_comes_back_is_timed()
    {
        await using var client = await ConnectAsync(40);

        (await client.EchoAsync()).ShouldBeGreaterThan(TimeSpan.Zero);
    }

    [Fact]
    public void Options_do_not_print_credentials() => Options(40).ToString().ShouldNotContain("token-40");

    private static async Task UntilAsync<T>(VoiceClient client)
        where T : VoiceServerMessage
    {
        using var deadline = new CancellationTokenSource(Limit);
        while (await client.Messages.ReadAsync(deadline.Token) is not T)
        {
        }
    }

    private async Task<VoiceClient> ConnectAsync(ulong user, TransportEncryptionMode? mode = null)
    {
        var client = new VoiceClient(Options(user) with { Mode = mode });
        await client.ConnectAsync();
        return client;
    }

    private VoiceClientOptions Options(ulong user) => new()
    {
        Url = _node.VoiceUrl,
        UserId = new Snowflake(user),
        ServerId = new Snowflake(20),
        ChannelId = new Snowflake(30),
        SessionId = $"session-{user}",
        Token = $"token-{user}",
    };
}
