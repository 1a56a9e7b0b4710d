using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Lvsp;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.Transport;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.TestKit;

namespace VoiceCluster.Cluster.Tests.Lvsp;

public sealed class LvspNotifierTests
{
    private static readonly Realm Realm = new("default");
    private static readonly NodeId Other = new("b");
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly ManualTimeProvider _time = new();
    private readonly InMemoryClusterStore _store;
    private readonly ILvspSessionStore _sessions = Substitute.For<ILvspSessionStore>();
    private readonly INodeTransport _links = Substitute.For<INodeTransport>();
    private readonly IEntityHost _host = Substitute.For<IEntityHost>();
    private readonly LvspNotifier _notifier;
    private int _answersToLose;

    public LvspNotifierTests()
    {
        _store = new InMemoryClusterStore(_time);
        _host.Node.Returns(new NodeIncarnation(new NodeId("a"), 1));
        _sessions.FindSessionAsync(default, null, default, default)
            .ReturnsForAnyArgs(call => _store.FindSessionAsync(call.Arg<Realm>(), call.Arg<string?>(), call.Arg<DateTimeOffset>(), call.Arg<CancellationToken>()));
        _sessions.AppendAsync("", default, default, default).ReturnsForAnyArgs(async call =>
        {
            var appended = await _store.AppendAsync(call.Arg<string>(), call.Arg<LvspAppend>(), call.Arg<DateTimeOffset>(), call.Arg<CancellationToken>());
            return _answersToLose-- > 0 ? throw new StoreUnavailableException("The test lost the answer.") : appended;
        });
        _notifier = new LvspNotifier(_sessions, _links, new Lazy<IEntityHost>(_host), _time, NullLogger<LvspNotifier>.Instance);
    }

    [Fact]
    public async Task A_notice_is_kept_and_its_session_s_holder_woken()
    {
        await HoldAsync("s1", Other);
        _links.CanReach(Other).Returns(true);

        await NotifyAsync(1);

        (await KeptAsync("s1")).ShouldBe([1]);
        _host.Received().Tell(new LocalAddress(Other, "s1"), new OutboxAdvanced("s1", 1));
    }

    [Fact]
    public async Task Notices_for_a_holder_without_a_link_wait_in_order_until_there_is_one()
    {
        await HoldAsync("s1", Other);
        _links.CanReach(Other).Returns(false);
        await NotifyAsync(1);
        await NotifyAsync(2);
        (await KeptAsync("s1")).ShouldBeEmpty();

        _links.CanReach(Other).Returns(true);
        await NotifyAsync(3);

        await _time.AdvanceUntilAsync(async () => (await KeptAsync("s1")).Length == 3, RetryInterval);
        (await KeptAsync("s1")).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task Notices_for_a_holder_without_a_link_are_kept_once_it_is_known_to_be_lost()
    {
        await HoldAsync("s1", Other);
        await NotifyAsync(1);

        await _store.DetachHoldersAsync(Other, DateTimeOffset.MaxValue, CancellationToken.None);

        await _time.AdvanceUntilAsync(async () => (await KeptAsync("s1")).Length == 1, RetryInterval);
    }

    [Fact]
    public async Task What_waits_for_one_realm_holds_up_no_other()
    {
        await HoldAsync("s1", Other);
        await HoldAsync("s2", new NodeId("a"), new Realm("second"));
        await NotifyAsync(1);

        await NotifyAsync(2, new Realm("second"));

        (await KeptAsync("s2")).ShouldBe([2]);
        (await KeptAsync("s1")).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_waits_for_one_session_holds_up_no_other_of_its_realm()
    {
        await HoldAsync("s1", Other);
        await HoldAsync("s2", new NodeId("a"));
        await NotifyAsync(1, origin: "s1");

        await NotifyAsync(2, origin: "s2");

        (await KeptAsync("s2")).ShouldBe([2]);
        (await KeptAsync("s1")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_notice_whose_append_was_not_answered_is_tried_again_and_kept_once()
    {
        await HoldAsync("s1", new NodeId("a"));
        _answersToLose = 2;
        await NotifyAsync(1);
        await NotifyAsync(2);

        await _time.AdvanceUntilAsync(async () => (await KeptAsync("s1")).Length == 2, RetryInterval);
        (await KeptAsync("s1")).ShouldBe([1, 2]);
    }

    private ValueTask NotifyAsync(ulong channel, Realm? realm = null, string? origin = null) => _notifier.NotifyAsync(
        realm ?? Realm, origin, new ChannelDestroyed(new Snowflake(channel), null, "test"), CancellationToken.None);

    private async Task HoldAsync(string id, NodeId node, Realm? realm = null) => (await _store.CreateSessionAsync(
        new LvspSessionRecord(id, realm ?? Realm, $"hash of {id}", null, false, 1, new GatewayAddress(node, id), null), 10, CancellationToken.None)).ShouldBeTrue();

    /// <summary>The channels that a session was told of.</summary>
    private async Task<int[]> KeptAsync(string id) =>
    [
        .. (await _store.ReadAsync(id, 0, CancellationToken.None))
            .Select(frame => Encoding.UTF8.GetString(frame.Frame.Span).Split("channel_id\":\"")[1][0] - '0'),
    ];
}
