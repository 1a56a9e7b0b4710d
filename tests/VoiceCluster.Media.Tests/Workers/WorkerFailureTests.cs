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
        var options = new MediaOptions
        {
            ListenAddress = IPAddress.Loopback,
            Port = 0,
            Workers = 1,
            MaximumAge = TimeSpan.FromMinutes(1),
            StandstillLimit = TimeSpan.FromMinutes(1),
        };
        await using var plane = new MediaPlane(new NodeIncarnation(new NodeId("node"), 1), options, TimeProvider.System, socket =>
        {
            sockets.Add(new FailingSocket(DatagramSockets.Open(socket)));
            return sockets[^1];
        });
        plane.StartWorker(0);
        plane.TryOpenSession(new OpenMediaSession(MediaBed.Room, new Snowflake(1)), out var offer).ShouldBeTrue();
        using var client = new PlaneClient(offer, plane.Modes[0]);
        await client.SynchronizeAsync();

        sockets[0].Fails = true;
        client.Send([1, 2, 3]);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(5));
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
    }

    private sealed class FailingSocket(IDatagramSocket inner) : IDatagramSocket
    {
        public volatile bool Fails;

        public Ipv4Endpoint LocalEndpoint => inner.LocalEndpoint;

        public DatagramSocketCounters Counters => inner.Counters;

        public int Receive(ReceiveBatch batch)
        {
            var count = inner.Receive(batch);
            return Fails ? throw new InvalidOperationException("Failed on purpose.") : count;
        }

        public void Send(SendBatch batch) => inner.Send(batch);

        public void Interrupt() => inner.Interrupt();

        public void Dispose() => inner.Dispose();
    }
}
