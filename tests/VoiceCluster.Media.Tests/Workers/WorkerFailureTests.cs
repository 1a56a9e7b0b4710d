using System.Net;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Media.Tests.Support;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Udp;

namespace VoiceCluster.Media.Tests.Workers;

public sealed class WorkerFailureTests
{
    [Fact]
    public async Task A_loop_that_fails_is_told_and_started_again_with_its_port_and_sessions()
    {
        var sockets = new List<FailingSocket>();
        await using var plane = NewPlane(Options(workers: 1), sockets);
        plane.StartWorker(0);
        plane.TryOpenSession(new OpenMediaSession(MediaBed.Room, new Snowflake(1)), out var offer).ShouldBeTrue();
        using var client = new PlaneClient(offer, plane.Modes[0]);
        await client.SynchronizeAsync();

        sockets[0].Failure = new InvalidOperationException("Failed on purpose.");
        client.Send([1, 2, 3]);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var edge = (await plane.Edges(0).ReadAsync(deadline.Token)).ShouldBeOfType<MediaEdge.WorkerFailed>();

        edge.Worker.ShouldBe(0);
        edge.Reason.ShouldContain("on purpose");
        plane.Workers[0].Running.ShouldBeFalse();
        plane.Workers[0].Sessions.ShouldBe(1);
        plane.TryOpenSession(new OpenMediaSession(MediaBed.Room, new Snowflake(2)), out _).ShouldBeTrue();

        plane.StartWorker(0);
        plane.Workers[0].ShouldSatisfyAllConditions(
            worker => worker.Running.ShouldBeTrue(), worker => worker.Endpoint.Port.ShouldBe(offer.Port));
        await client.SynchronizeAsync();
        sockets.Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_arrives_while_no_loop_runs_waits_in_the_socket()
    {
        var sockets = new List<FailingSocket>();
        await using var plane = NewPlane(Options(workers: 1), sockets);
        plane.StartWorker(0);
        plane.TryOpenSession(new OpenMediaSession(MediaBed.Room, new Snowflake(1)), out var offer).ShouldBeTrue();
        using var client = new PlaneClient(offer, plane.Modes[0]);
        await client.SynchronizeAsync();
        await FailAsync(plane, sockets[0], client, new InvalidOperationException("Failed on purpose."));

        client.Send(client.Media.Discovery());
        plane.StartWorker(0);

        (await client.ReceiveAsync()).Length.ShouldBe(74);
    }

    [Fact]
    public async Task A_socket_that_fails_is_replaced_by_another_on_its_port()
    {
        var sockets = new List<FailingSocket>();
        await using var plane = NewPlane(Options(workers: 1), sockets);
        plane.StartWorker(0);
        plane.TryOpenSession(new OpenMediaSession(MediaBed.Room, new Snowflake(1)), out var offer).ShouldBeTrue();
        using var client = new PlaneClient(offer, plane.Modes[0]);
        await client.SynchronizeAsync();

        await FailAsync(plane, sockets[0], client, new IOException("Failed on purpose."));
        plane.StartWorker(0);
        await client.SynchronizeAsync();

        sockets.Count.ShouldBe(2);
        plane.Workers[0].Endpoint.Port.ShouldBe(offer.Port);
    }

    [Fact]
    public async Task Joins_wait_neither_for_a_worker_that_stops_nor_for_one_that_starts()
    {
        var sockets = new List<FailingSocket>();
        await using var plane = NewPlane(Options(workers: 2), sockets);
        plane.StartWorker(0);
        plane.StartWorker(1);
        using var release = new ManualResetEventSlim();
        var interrupted = sockets[0].HoldInterrupts(release);
        var stopping = Task.Run(() => plane.StopWorker(0));
        await interrupted.WaitAsync(TimeSpan.FromSeconds(60));

        var joined = await Task.Run(() => plane.TryOpenSession(new OpenMediaSession(MediaBed.Room, new Snowflake(1)), out _))
            .WaitAsync(TimeSpan.FromSeconds(60));

        joined.ShouldBeTrue();
        stopping.IsCompleted.ShouldBeFalse();
        release.Set();
        await stopping;
    }

    private static MediaOptions Options(int workers) => new()
    {
        ListenAddress = IPAddress.Loopback,
        Port = 0,
        Workers = workers,
        MaximumAge = TimeSpan.FromMinutes(1),
        StandstillLimit = TimeSpan.FromMinutes(1),
    };

    private static MediaPlane NewPlane(MediaOptions options, List<FailingSocket> sockets) =>
        new(new NodeIncarnation(new NodeId("node"), 1), options, TimeProvider.System, socket =>
        {
            sockets.Add(new FailingSocket(DatagramSockets.Open(socket)));
            return sockets[^1];
        });

    private static async Task FailAsync(MediaPlane plane, FailingSocket socket, PlaneClient client, Exception failure)
    {
        socket.Failure = failure;
        client.Send([1, 2, 3]);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        (await plane.Edges(0).ReadAsync(deadline.Token)).ShouldBeOfType<MediaEdge.WorkerFailed>();
    }

    private sealed class FailingSocket(IDatagramSocket inner) : IDatagramSocket
    {
        private Exception? _failure;
        private ManualResetEventSlim? _interrupts;
        private TaskCompletionSource? _interrupted;

        /// <summary>What the next receive fails with.</summary>
        public Exception Failure
        {
            set => Volatile.Write(ref _failure, value);
        }

        /// <summary>Lets interrupts wait; completes when one does.</summary>
        public Task HoldInterrupts(ManualResetEventSlim release)
        {
            _interrupted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _interrupts, release);
            return _interrupted.Task;
        }

        public Ipv4Endpoint LocalEndpoint => inner.LocalEndpoint;

        public int ReceiveBufferBytes => inner.ReceiveBufferBytes;

        public DatagramSocketCounters Counters => inner.Counters;

        public int Receive(ReceiveBatch batch)
        {
            var count = inner.Receive(batch);
            return Interlocked.Exchange(ref _failure, null) is { } failure ? throw failure : count;
        }

        public void Send(SendBatch batch) => inner.Send(batch);

        public void Interrupt()
        {
            if (Volatile.Read(ref _interrupts) is { } release)
            {
                _interrupted!.TrySetResult();
                release.Wait();
            }

            inner.Interrupt();
        }

        public void Dispose() => inner.Dispose();
    }
}
