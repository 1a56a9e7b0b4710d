using System.Threading.Channels;
using VoiceCluster.Client.Lvsp;
using VoiceCluster.LoadGen.Churn;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.TestKit.Fakes;

namespace VoiceCluster.LoadGen.Tests.Churn;

public sealed class ChurnLinkTests : IAsyncLifetime
{
    private static readonly Snowflake Channel = new(30);
    private static readonly Snowflake Guild = new(20);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly FakeNode _node = new();
    private readonly FakeNode _other = new();
    private ChurnLink _link = null!;
    private ChurnLink _otherLink = null!;

    public async Task InitializeAsync() => (_link, _otherLink) = (await ConnectAsync(_node), await ConnectAsync(_other));

    public async Task DisposeAsync()
    {
        await _link.DisposeAsync();
        await _otherLink.DisposeAsync();
        await _node.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Fact]
    public async Task Leaves_that_no_later_answer_confirmed_are_said_again_over_another_link()
    {
        await LeaveAsync(1);
        await _link.JoinAsync(new Snowflake(2), Channel, Guild, CancellationToken.None);
        await LeaveAsync(2);
        await LeaveAsync(3);

        await _link.RepeatLeavesAsync(_otherLink, CancellationToken.None);

        (await NextLeaverAsync(_other)).ShouldBe(new Snowflake(2));
        (await NextLeaverAsync(_other)).ShouldBe(new Snowflake(3));
        _other.Requests.Reader.TryRead(out _).ShouldBeFalse();
    }

    [Fact]
    public async Task What_was_said_again_over_another_link_is_not_said_a_third_time()
    {
        await LeaveAsync(1);
        await _link.RepeatLeavesAsync(_otherLink, CancellationToken.None);
        await NextLeaverAsync(_other);

        await _link.RepeatLeavesAsync(_otherLink, CancellationToken.None);
        await _otherLink.JoinAsync(new Snowflake(9), Channel, Guild, CancellationToken.None);

        (await _other.Requests.Reader.ReadAsync().AsTask().WaitAsync(Limit)).ShouldBeOfType<VoiceStateCreate>();
    }

    [Fact]
    public async Task A_session_that_the_node_knows_is_resumed_and_confirms_again()
    {
        await _link.ReconnectAsync(CancellationToken.None);

        _link.IsOpen.ShouldBeTrue();
        _link.LostSessions.ShouldBe(0);
        (await _link.JoinAsync(new Snowflake(1), Channel, Guild, CancellationToken.None)).UserId.ShouldBe(new Snowflake(1));
    }

    private static Task<ChurnLink> ConnectAsync(FakeNode node) =>
        ChurnLink.ConnectAsync(new LvspClientOptions { Url = node.LvspUrl, Secret = FakeNode.Secret, Form = LvspForm.Document }, CancellationToken.None);

    private ValueTask LeaveAsync(ulong user) => _link.LeaveAsync(new Snowflake(user), Channel, Guild, CancellationToken.None);

    private static async Task<Snowflake?> NextLeaverAsync(FakeNode node) =>
        (await ReadAsync(node.Requests.Reader)).ShouldBeOfType<VoiceStateDestroy>().Selector.UserId;

    private static async Task<LvspRequest> ReadAsync(ChannelReader<LvspRequest> requests) => await requests.ReadAsync().AsTask().WaitAsync(Limit);
}
