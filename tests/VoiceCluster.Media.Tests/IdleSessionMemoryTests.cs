using System.Net;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Media.Tests.Support;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Udp;
using Xunit.Abstractions;

namespace VoiceCluster.Media.Tests;

/// <summary>What a user who is connected and silent costs the media side: session, keys, route, and what the packet loop keeps of them.</summary>
[Collection(nameof(AloneInProcess))]
public sealed class IdleSessionMemoryTests(ITestOutputHelper output)
{
    private const int Few = 500;
    private const int Many = 10_000;
    private const int Members = 50;
    private const int Most = 16 << 10;

    [Fact]
    public async Task Ten_thousand_idle_sessions_stay_within_their_memory()
    {
        var options = new MediaOptions { ListenAddress = IPAddress.Loopback, Port = 0, Workers = 1, MaximumSessionsPerWorker = 2 * Many };
        await using var plane = new MediaPlane(new NodeIncarnation(new NodeId("node"), 1), options, TimeProvider.System, socket => DatagramSockets.Open(socket));
        plane.StartWorker(0);
        Open(plane, first: 0, Few);
        var before = Measure();

        Open(plane, Few, Many);
        var after = Measure();

        var (managed, resident) = ((after.Managed - before.Managed) / Many, (after.Resident - before.Resident) / Many);
        output.WriteLine($"{managed} bytes of managed heap and {resident - managed} of other memory for each of {Many} idle sessions");
        plane.Workers[0].Sessions.ShouldBe(Few + Many);
        managed.ShouldBeLessThan(Most);
        resident.ShouldBeLessThan(Most);
    }

    private static void Open(MediaPlane plane, int first, int sessions)
    {
        for (var channel = first / Members; channel < (first + sessions) / Members; channel++)
        {
            var key = new ChannelKey(new Realm("test"), new Snowflake(1), new Snowflake((ulong)channel + 1));
            var offers = Enumerable.Range(0, Members).Select(member => Open(plane, key, (ulong)((channel * Members) + member + 1))).ToList();
            plane.Publish(new ForwardingPlan(key, 1, 1, offers[0].Worker, 64_000, [.. offers.Select(offer => new PlannedSession(offer.Session, true, true))]));
        }
    }

    private static MediaSessionOffer Open(MediaPlane plane, ChannelKey channel, ulong user)
    {
        plane.TryOpenSession(new OpenMediaSession(channel, new Snowflake(user)), out var offer).ShouldBeTrue();
        using var client = new TestClient(plane.Modes[0], offer.Ssrc, new Ipv4Endpoint(0x7F00_0001, 9));
        plane.EnableSending(offer.Session, plane.ConfigureTransport(offer.Session, client.Transport));
        return offer;
    }

    private static (long Managed, long Resident) Measure()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return (GC.GetTotalMemory(forceFullCollection: true), Environment.WorkingSet);
    }
}

/// <summary>Tests whose measurements others of this process would disturb.</summary>
[CollectionDefinition(nameof(AloneInProcess), DisableParallelization = true)]
public sealed class AloneInProcess;
