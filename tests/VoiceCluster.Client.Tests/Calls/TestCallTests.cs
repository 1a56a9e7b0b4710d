using System.Collections.Immutable;
using VoiceCluster.Client.Calls;
using VoiceCluster.Client.Lvsp;
using VoiceCluster.Client.Sockets;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.TestKit.Fakes;

namespace VoiceCluster.Client.Tests.Calls;

public sealed class TestCallTests : IAsyncDisposable
{
    private readonly FakeNode _node = new();

    public async ValueTask DisposeAsync() => await _node.DisposeAsync();

    [Fact]
    public async Task A_call_in_which_all_is_forwarded_is_good()
    {
        var (verdict, call) = await RunAsync();

        verdict.IsGood.ShouldBeTrue(verdict.Text);
        call.Figures.Count.ShouldBe(4);
        call.Figures.Sum(user => user.Received).ShouldBe(call.Figures.Sum(user => user.Sent) * 3);
        call.NearDelays().Count.ShouldBe(call.Figures.Sum(user => user.Received));
    }

    [Fact]
    public async Task A_call_over_two_addresses_tells_apart_what_went_from_one_to_the_other()
    {
        var named = new UriBuilder(_node.LvspUrl) { Path = "", Host = "localhost" }.Uri;
        var numbered = new UriBuilder(_node.LvspUrl) { Path = "", Host = "127.0.0.1" }.Uri;

        var (_, call) = await RunAsync(users: 4, speakers: 1, voiceUrls: [numbered, named]);

        var sent = call.Figures.Sum(user => user.Sent);
        call.NearDelays().Count.ShouldBe(sent);
        call.FarDelays().Count.ShouldBe(sent * 2);
    }

    [Fact]
    public async Task A_call_cleans_up_behind_itself()
    {
        await RunAsync();

        var requests = new List<LvspRequest>();
        while (_node.Requests.Reader.TryRead(out var request) || requests.LastOrDefault() is not ChannelDestroy)
        {
            requests.Add(request ?? await _node.Requests.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10)));
        }

        requests.OfType<VoiceStateDestroy>().Count().ShouldBe(4);
        requests[^1].ShouldBeOfType<ChannelDestroy>();
    }

    [Theory]
    [InlineData(PacketFault.Lose, "1 of 100 frames lost (1 %)")]
    [InlineData(PacketFault.Double, "1 duplicates")]
    [InlineData(PacketFault.Damage, "1 of 100 frames lost (1 %), 1 datagrams that do not open")]
    [InlineData(PacketFault.ChangePayload, "1 wrong packets")]
    public async Task A_call_with_one_fault_is_bad_and_names_it(PacketFault fault, string expected)
    {
        _node.Media.FaultOf = packet => packet == 10 ? fault : PacketFault.None;

        var (verdict, _) = await RunAsync(users: 2, speakers: 2, settleLimit: TimeSpan.FromSeconds(3));

        verdict.IsGood.ShouldBeFalse();
        verdict.Text.ShouldBe(expected);
    }

    [Fact]
    public async Task A_call_in_which_a_user_is_thrown_out_fails_and_says_who()
    {
        var running = RunAsync(users: 2, speakers: 1);
        var link = await _node.Identified.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));

        await link.CloseAsync(4014, "kicked");

        var exception = await Should.ThrowAsync<ConnectionEndedException>(() => running);
        exception.Code.ShouldBe(4014);
    }

    private async Task<(CallVerdict Verdict, TestCall Call)> RunAsync(
        int users = 4, int speakers = 2, TimeSpan? settleLimit = null, params ImmutableArray<Uri> voiceUrls)
    {
        await using var backend = await LvspClient.ConnectAsync(new LvspClientOptions { Url = _node.LvspUrl, Secret = FakeNode.Secret });
        var call = new TestCall(backend, new TestCallOptions
        {
            Users = users,
            Speakers = speakers,
            Duration = TimeSpan.FromSeconds(1),
            GuildId = new Snowflake(20),
            ChannelId = new Snowflake(30),
            FirstUserId = new Snowflake(40),
            LvspUrl = _node.LvspUrl,
            VoiceUrls = voiceUrls,
            SettleLimit = settleLimit ?? TimeSpan.FromSeconds(10),
        });
        return (await call.RunAsync(), call);
    }
}
