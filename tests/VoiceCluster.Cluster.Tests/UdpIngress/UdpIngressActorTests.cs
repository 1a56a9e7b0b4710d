using System.Net;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Cluster.Messages.Wire;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.Tests.Specification;
using VoiceCluster.Cluster.Transport;
using VoiceCluster.Cluster.UdpIngress;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.TestKit;

namespace VoiceCluster.Cluster.Tests.UdpIngress;

public sealed class UdpIngressActorTests : IAsyncDisposable
{
    private static readonly NodeIncarnation Node = new(new NodeId("a"), 1);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly ManualTimeProvider _time = new();
    private readonly Channel<MediaEdge> _edges = Channel.CreateUnbounded<MediaEdge>();
    private readonly Channel<TimeSpan> _starts = Channel.CreateUnbounded<TimeSpan>();
    private readonly IMediaPlane _media = Substitute.For<IMediaPlane>();
    private readonly LineLogger _log = new();
    private readonly FaultyStore _store;
    private readonly EntityHost _host;

    public UdpIngressActorTests()
    {
        _media.Edges(0).Returns(_edges.Reader);
        _media.Workers.Returns([new MediaWorkerStatus(new WorkerId(Node, 0), new IPEndPoint(IPAddress.Loopback, 1), Running: true, Sessions: 0, Channels: 0)]);
        _media.When(media => media.StartWorker(0)).Do(_ => _starts.Writer.TryWrite(_time.Elapsed));
        _store = new FaultyStore(new InMemoryClusterStore(_time));
        _host = new EntityHost(
            Node, _store, new InProcessNetwork().Join(Node), new JsonMessageCodec(), _time, NullLogger<EntityHost>.Instance);
        _host.Start();
        var reader = new StoredPlanReader(_store, _host, Node, _time, NullLogger<StoredPlanReader>.Instance);
        var confirmation = new PlanConfirmation(_host, reader, _time);
        _host.Spawn(
            LocalAddress.WorkerName(0),
            () => new UdpIngressActor(_media, 0, [], confirmation.ConfirmAsync, _log));
    }

    public async ValueTask DisposeAsync() => await _host.StopAsync(Limit);

    [Fact]
    public async Task Who_was_muted_elsewhere_while_the_node_stood_still_is_so_before_its_plans_are_confirmed()
    {
        await StartAsync();
        var steps = Channel.CreateUnbounded<string>();
        _media.When(media => media.Publish(Arg.Any<ForwardingPlan>())).Do(call => steps.Writer.TryWrite($"plan {call.Arg<ForwardingPlan>().Version}"));
        _media.When(media => media.ConfirmPlans(0)).Do(_ => steps.Writer.TryWrite("confirmed"));
        await StoreElsewhereAsync(version: 7);

        _edges.Writer.TryWrite(new MediaEdge.WorkerStalled(0)).ShouldBeTrue();

        (await NextLineAsync()).ShouldContain("confirmed: True");
        using var deadline = new CancellationTokenSource(Limit);
        (await steps.Reader.ReadAsync(deadline.Token)).ShouldBe("plan 7");
        (await steps.Reader.ReadAsync(deadline.Token)).ShouldBe("confirmed");
    }

    [Fact]
    public async Task Without_the_store_nobody_confirms_what_the_plans_are()
    {
        await StartAsync();
        _store.IsAway = true;

        _edges.Writer.TryWrite(new MediaEdge.WorkerStalled(0)).ShouldBeTrue();

        (await NextLineAsync()).ShouldContain("confirmed: False");
        await BarrierAsync();
        _media.DidNotReceive().ConfirmPlans(0);
    }

    [Fact]
    public async Task A_store_that_does_not_answer_within_a_second_confirms_nothing()
    {
        await StartAsync();
        _store.Close();
        var calls = _store.Calls;

        _edges.Writer.TryWrite(new MediaEdge.WorkerStalled(0)).ShouldBeTrue();
        await _time.AdvanceUntilAsync(() => _store.Calls > calls, TimeSpan.FromMilliseconds(10));
        await _time.AdvanceUntilAsync(() => _log.Lines.Reader.Count > 0, TimeSpan.FromMilliseconds(100));

        (await NextLineAsync()).ShouldContain("confirmed: False");
        _store.Open();
        await BarrierAsync();
        _media.DidNotReceive().ConfirmPlans(0);
    }

    [Fact]
    public async Task A_loop_that_ran_well_is_started_again_at_once()
    {
        await StartAsync();
        for (var failure = 0; failure < 3; failure++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(600));
            await FailAsync();
            (await StartAsync()).ShouldBe(_time.Elapsed);
        }
    }

    [Fact]
    public async Task A_loop_that_fails_again_and_again_waits_longer_each_time()
    {
        await StartAsync();
        await FailAsync();
        await StartAsync();

        foreach (var delay in new[] { 20, 40, 80, 160 })
        {
            await FailAsync();
            _time.Advance(TimeSpan.FromMilliseconds(delay - 1));
            await BarrierAsync();
            _starts.Reader.TryPeek(out _).ShouldBeFalse();
            _time.Advance(TimeSpan.FromMilliseconds(1));
            (await StartAsync()).ShouldBe(_time.Elapsed);
        }
    }

    [Fact]
    public async Task Overload_is_logged_when_it_begins_and_when_it_ends()
    {
        await StartAsync();
        SetLoad(isOverloaded: true);
        _time.Advance(TimeSpan.FromSeconds(1));
        (await NextLineAsync()).ShouldContain("sheds");
        _time.Advance(TimeSpan.FromSeconds(1));
        await BarrierAsync();
        SetLoad(isOverloaded: false);
        _time.Advance(TimeSpan.FromSeconds(1));
        (await NextLineAsync()).ShouldContain("all packets again");
    }

    /// <summary>Keeps a plan for the worker, as the owner of its channel on another node does.</summary>
    private async Task StoreElsewhereAsync(long version)
    {
        var claim = await _store.ClaimShardAsync(new ShardId(200), new NodeIncarnation(new NodeId("b"), 1), null, CancellationToken.None);
        var worker = new WorkerId(Node, 0);
        var plan = new ForwardingPlan(
            new ChannelKey(new Realm("r"), new Snowflake(1), new Snowflake(2)),
            claim.Epoch,
            version,
            worker,
            64_000,
            [new PlannedSession(new MediaSessionId(5), Sends: false, Receives: true)]);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(new PublishPlan(plan), MessageJson.Default.PublishPlan);
        (await _store.StorePlansAsync(claim, "c", [new PlanToStore(worker, version, IsWithdrawal: false, bytes)], CancellationToken.None)).ShouldBeTrue();
    }

    private void SetLoad(bool isOverloaded) => _media.Workers.Returns(
    [
        new MediaWorkerStatus(new WorkerId(Node, 0), new IPEndPoint(IPAddress.Loopback, 1), Running: true, Sessions: 0, Channels: 0)
        {
            Load = new MediaWorkerLoad(1, TimeSpan.Zero, 0, isOverloaded, IsStuck: false),
        },
    ]);

    /// <summary>Lets the loop fail, and waits until the actor has dealt with it.</summary>
    private async Task FailAsync()
    {
        _edges.Writer.TryWrite(new MediaEdge.WorkerFailed(0, "on purpose")).ShouldBeTrue();
        (await NextLineAsync()).ShouldContain("on purpose");
        await BarrierAsync();
    }

    /// <summary>Waits until the actor has handled every message so far.</summary>
    private async Task BarrierAsync()
    {
        var handled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var plan = new ForwardingPlan(new ChannelKey(new Realm("r"), new Snowflake(1), new Snowflake(2)), 1, 1, new WorkerId(Node, 0), 1, []);
        _media.When(media => media.Publish(plan)).Do(_ => handled.TrySetResult());
        _host.Tell(new LocalAddress(Node.Node, LocalAddress.WorkerName(0)), new PublishPlan(plan)).ShouldBeTrue();
        await handled.Task.WaitAsync(Limit);
    }

    /// <summary>Waits for a start, and for the timers that go with it; the time at which it was.</summary>
    private async Task<TimeSpan> StartAsync()
    {
        using var deadline = new CancellationTokenSource(Limit);
        var at = await _starts.Reader.ReadAsync(deadline.Token);
        await BarrierAsync();
        return at;
    }

    private async Task<string> NextLineAsync()
    {
        using var deadline = new CancellationTokenSource(Limit);
        return await _log.Lines.Reader.ReadAsync(deadline.Token);
    }

    private sealed class LineLogger : ILogger<UdpIngressActor>
    {
        public Channel<string> Lines { get; } = Channel.CreateUnbounded<string>();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Writer.TryWrite(formatter(state, exception));
    }
}
