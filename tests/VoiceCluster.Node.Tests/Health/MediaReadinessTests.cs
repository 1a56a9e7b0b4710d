using System.Net;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Node.Health;

namespace VoiceCluster.Node.Tests.Health;

public sealed class MediaReadinessTests
{
    private readonly MediaReadiness _readiness = new(busyPercent: 85);

    [Fact]
    public void Without_a_running_worker_there_is_no_place()
    {
        _readiness.Judge([]).ShouldNotBeNull();
        _readiness.Judge([Worker(0.1) with { Running = false }]).ShouldNotBeNull();
        _readiness.Judge([Worker(0.1, isStuck: true)]).ShouldNotBeNull();
        _readiness.Judge([Worker(0.1, isStuck: true), Worker(0.1)]).ShouldBeNull();
    }

    [Fact]
    public void The_least_busy_worker_decides()
    {
        _readiness.Judge([Worker(0.99), Worker(0.5)]).ShouldBeNull();
        _readiness.Judge([Worker(0.99), Worker(0.86)]).ShouldNotBeNull().ShouldContain("86 %");
    }

    [Fact]
    public void A_worker_that_sheds_packets_is_full_whatever_it_uses() =>
        _readiness.Judge([Worker(0.5, isOverloaded: true)]).ShouldNotBeNull();

    [Fact]
    public void The_answer_turns_back_only_when_there_is_room_again()
    {
        _readiness.Judge([Worker(0.86)]).ShouldNotBeNull();
        _readiness.Judge([Worker(0.80)]).ShouldNotBeNull();
        _readiness.Judge([Worker(0.74)]).ShouldBeNull();
        _readiness.Judge([Worker(0.80)]).ShouldBeNull();
    }

    private static MediaWorkerStatus Worker(double utilization, bool isOverloaded = false, bool isStuck = false) =>
        new(new WorkerId(new NodeIncarnation(new NodeId("a"), 1), 0), new IPEndPoint(IPAddress.Loopback, 1), Running: true, Sessions: 0, Channels: 0)
        {
            Load = new MediaWorkerLoad(utilization, TimeSpan.Zero, 0, isOverloaded, isStuck),
        };
}
