using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.Tests.Specification;
using VoiceCluster.Cluster.Transport;
using VoiceCluster.Domain.Identities;
using VoiceCluster.TestKit;

namespace VoiceCluster.Cluster.Tests.Hosting;

/// <summary>What concerns the host alone, whatever its ports are.</summary>
public sealed class EntityHostTests
{
    private static readonly NodeIncarnation Node = new(new NodeId("a"), 1);

    private readonly ManualTimeProvider _time = new();
    private readonly Journal _journal = new();

    [Fact]
    public async Task Churn_of_many_entities_leaves_nothing_behind()
    {
        const int entities = 20_000;
        await using var host = Start(new EntityHostOptions { MailboxCapacity = 16, ShardQueueCapacity = entities });
        for (ulong user = 1; user <= entities; user++)
        {
            host.Tell(TestNode.Entity(user, guild: user), new Remind("t", 1000, "tick")).ShouldBeTrue();
        }

        await UntilAsync(host, status => status.Handled == entities);
        host.ReadStatus().ShouldSatisfyAllConditions(
            status => status.Entities.ShouldBe(entities),
            status => status.Timers.ShouldBe(entities));
        _time.Advance(TimeSpan.FromSeconds(1));
        await UntilAsync(host, status => status.Handled == 2 * entities);

        await Eventually.HoldsAsync(() =>
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            return host.ReadStatus().Entities == 0;
        });

        host.ReadStatus().ShouldSatisfyAllConditions(
            status => status.Timers.ShouldBe(0),
            status => status.PendingAsks.ShouldBe(0),
            status => status.Queued.ShouldBe(0),
            status => status.Passivations.ShouldBe(entities),
            status => status.Dropped.ShouldBe(0));
    }

    [Fact]
    public async Task No_more_actors_run_at_once_than_the_limit()
    {
        var running = new ConcurrentQueue<int>();
        var inside = 0;
        await using var host = Start(new EntityHostOptions { MaxParallelism = 1 }, () => new InlineActor(_ =>
        {
            running.Enqueue(Interlocked.Increment(ref inside));
            Thread.SpinWait(50);
            Interlocked.Decrement(ref inside);
        }));

        for (ulong user = 1; user <= 200; user++)
        {
            host.Tell(TestNode.Entity(user, guild: user), new Note("x"));
        }

        await UntilAsync(host, status => status.Handled == 200);
        running.ShouldAllBe(count => count == 1);
    }

    [Fact]
    public async Task A_busy_actor_yields_to_others()
    {
        var order = new ConcurrentQueue<string>();
        using var begin = new ManualResetEventSlim();
        await using var host = Start(
            new EntityHostOptions { MessagesPerTurn = 4, MaxParallelism = 1 },
            () => new InlineActor(message =>
            {
                begin.Wait(Journal.Deadline);
                order.Enqueue(((Note)message).Text);
            }));
        for (var i = 0; i < 500; i++)
        {
            host.Tell(TestNode.Entity(1), new Note("busy"));
        }

        host.Tell(TestNode.Entity(2), new Note("other"));
        begin.Set();
        await UntilAsync(host, status => status.Handled == 501);

        order.ToList().IndexOf("other").ShouldBeLessThan(20);
    }

    [Fact]
    public async Task A_scheduler_of_the_test_runs_everything_one_step_at_a_time()
    {
        var scheduler = new SteppedScheduler();
        var host = Start(new EntityHostOptions { Scheduler = scheduler });
        var asked = host.AskAsync(TestNode.Entity(1), new Echo("x"), TimeSpan.FromSeconds(5));
        asked.IsCompleted.ShouldBeFalse();

        var steps = scheduler.RunAll();

        steps.ShouldBeGreaterThan(1);
        (await asked).Text.ShouldBe("x");
    }

    [Fact]
    public async Task A_request_of_an_unknown_kind_is_unreachable()
    {
        await using var host = new EntityHost(Node, new InMemoryClusterStore(_time), new InProcessNetwork().Join(Node), ProbeMessages.Codec, _time, NullLogger<EntityHost>.Instance);
        host.Start();

        var asked = host.AskAsync(TestNode.Entity(1), new Echo("x"), TimeSpan.FromSeconds(5));

        (await Should.ThrowAsync<AskException>(() => asked)).Failure.ShouldBe(AskFailure.Unreachable);
    }

    [Fact]
    public async Task Frames_that_are_none_are_counted_and_nothing_else()
    {
        var network = new InProcessNetwork();
        await using var host = Start(new EntityHostOptions(), network: network);
        var stranger = network.Join(new NodeIncarnation(new NodeId("s"), 1));
        stranger.Receive((_, _) => { });
        var unknownMessage = RemoteEnvelopeCodec.Encode(new RemoteEnvelope.ToLocal("x", null, new byte[] { 1, 2, 3 }));

        stranger.TrySend(Node.Node, Array.Empty<byte>()).ShouldBe(SendResult.Queued);
        stranger.TrySend(Node.Node, new byte[] { 1, 1, 2 }).ShouldBe(SendResult.Queued);
        stranger.TrySend(Node.Node, unknownMessage).ShouldBe(SendResult.Queued);

        await UntilAsync(host, status => status.Dropped == 3);
    }

    [Fact]
    public async Task A_handler_that_takes_too_long_is_cancelled_and_restarted()
    {
        await using var host = Start(new EntityHostOptions { Jitter = () => 0 });
        var asked = host.AskAsync(TestNode.Entity(1), new Echo("behind it"), TimeSpan.FromHours(1));
        await asked;
        host.Tell(TestNode.Entity(1), new Hold("never"));
        await _journal.WaitForAsync("r/7/1: holding never");

        _time.Advance(new EntityHostOptions().HandlingDeadline);

        await _journal.WaitForAsync("r/7/1: stopped");
        await UntilAsync(host, status => status.Restarts == 1);
    }

    [Fact]
    public async Task Messages_that_no_other_node_could_read_fail_here_too_when_asked_for()
    {
        await using var host = Start(new EntityHostOptions { EncodesOwnMessages = true });

        host.Tell(TestNode.Entity(1), new Unregistered()).ShouldBeFalse();
        (await host.AskAsync(TestNode.Entity(1), new Echo("x"), TimeSpan.FromHours(1))).Text.ShouldBe("x");
        var local = host.Spawn("gateway-1", () => new InlineActor(_ => { }));
        host.Tell(local, new Unregistered()).ShouldBeTrue();
    }

    [Fact]
    public async Task What_a_host_holds_and_does_is_measured()
    {
        var measured = new ConcurrentDictionary<string, double>(StringComparer.Ordinal);
        using var listener = Listen(measured);
        await using var host = Start(new EntityHostOptions { Jitter = () => 0 });
        host.Tell(TestNode.Entity(1), new Hold("gate"));
        host.Tell(TestNode.Entity(1), new Remind("t", 1000, "x"));
        host.Tell(TestNode.Entity(2), new Break("on purpose"));
        host.Tell(new LocalAddress(Node.Node, "nobody"), new Note("x")).ShouldBeFalse();
        var failed = host.AskAsync(TestNode.Entity(3), new Ignore(), TimeSpan.FromHours(1));
        await Should.ThrowAsync<AskException>(() => failed);
        await UntilAsync(host, status => status.Restarts == 1);
        listener.RecordObservableInstruments();

        measured.ShouldContainKey("voicecluster.actors.live kind=voice_state");
        measured.ShouldContainKey("voicecluster.actors.drops reason=ActorGone");
        measured.ShouldContainKey("voicecluster.actors.ask_failures stage=Faulted");
        measured.ShouldContainKey("voicecluster.actors.restarts kind=voice_state");
        measured.ShouldContainKey("voicecluster.actors.messages kind=voice_state");
        measured["voicecluster.actors.mailbox.depth "].ShouldBeGreaterThanOrEqualTo(1);
        measured["voicecluster.actors.mailbox.depth.max "].ShouldBeGreaterThanOrEqualTo(1);
        _journal.Open("gate");
    }

    [Fact]
    public async Task Spawn_on_a_stopped_host_is_refused()
    {
        var host = Start(new EntityHostOptions());
        await host.StopAsync(TimeSpan.FromSeconds(1));

        Should.Throw<InvalidOperationException>(() => host.Spawn("x", () => new InlineActor(_ => { })));
        host.ReadStatus().LocalActors.ShouldBe(0);
    }

    private EntityHost Start(EntityHostOptions options, Func<Actor>? factory = null, InProcessNetwork? network = null)
    {
        var store = new InMemoryClusterStore(_time);
        var transport = (network ?? new InProcessNetwork()).Join(Node);
        var host = new EntityHost(Node, store, transport, ProbeMessages.Codec, _time, NullLogger<EntityHost>.Instance, options);
        host.Register(EntityKind.VoiceState, address => factory?.Invoke() ?? new ProbeActor(address.Key, _journal, store));
        host.Start();
        return host;
    }

    private static MeterListener Listen(ConcurrentDictionary<string, double> measured)
    {
        var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == Telemetry.MeterName)
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => measured[NameOf(instrument, tags)] = value);
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => measured[NameOf(instrument, tags)] = value);
        listener.Start();
        return listener;
    }

    private static string NameOf(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        $"{instrument.Name} {(tags.IsEmpty ? string.Empty : $"{tags[0].Key}={tags[0].Value}")}";

    private static Task UntilAsync(EntityHost host, Func<EntityHostStatus, bool> condition, [CallerArgumentExpression(nameof(condition))] string text = "") =>
        Eventually.HoldsAsync(() => condition(host.ReadStatus()), text);

    private sealed class InlineActor(Action<IActorMessage> handle) : Actor
    {
        protected internal override ValueTask ReceiveAsync(IActorMessage message, CancellationToken cancellation)
        {
            handle(message);
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>Runs tasks on the test's thread, in order.</summary>
    private sealed class SteppedScheduler : TaskScheduler
    {
        private readonly ConcurrentQueue<Task> _tasks = [];

        public int RunAll()
        {
            var steps = 0;
            while (_tasks.TryDequeue(out var task))
            {
                TryExecuteTask(task);
                steps++;
            }

            return steps;
        }

        protected override IEnumerable<Task> GetScheduledTasks() => _tasks;

        protected override void QueueTask(Task task) => _tasks.Enqueue(task);

        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;
    }
}
