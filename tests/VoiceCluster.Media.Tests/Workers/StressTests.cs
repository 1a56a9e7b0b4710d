using VoiceCluster.Media.Tests.Support;
using VoiceCluster.Media.Workers;

namespace VoiceCluster.Media.Tests.Workers;

/// <summary>
/// Everything that control can do, in any order, while everybody talks: two workers that also fail now and then, sockets that lose nothing, and afterwards
/// every single datagram is looked at.
/// </summary>
public sealed class StressTests
{
    private const int Operations = 1000;

    /// <summary>Drops of one copy; all others are of a received datagram.</summary>
    private static readonly PacketDropReason[] OfCopies =
    [
        PacketDropReason.Unconfirmed, PacketDropReason.ReceiverLacksCodec, PacketDropReason.NonceWouldRepeat, PacketDropReason.KeyExhausted,
        PacketDropReason.NotSealed, PacketDropReason.Feedback,
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(0)]
    public async Task Nothing_goes_where_it_must_not_and_every_datagram_is_accounted_for(int seed)
    {
        seed = seed == 0 ? Random.Shared.Next() : seed;
        await using var bed = new StressBed(seed);
        await bed.RunAsync(Operations);

        var context = $"seed {seed}";
        var deliveries = bed.ReadDeliveries();
        deliveries.Count.ShouldBeGreaterThan(Operations, context);
        deliveries.Count(delivery => delivery.Frame.Channel != delivery.To.Channel || delivery.Frame.Sender == delivery.To.Id).ShouldBe(0, context);
        deliveries.Count(delivery => delivery.Frame.IsMuted).ShouldBe(0, context);
        deliveries.Count(delivery => delivery.Frame.Stamp > delivery.To.ClosedAt).ShouldBe(0, context);
        deliveries.Select(delivery => (delivery.Key, delivery.Nonce)).Distinct().Count().ShouldBe(deliveries.Count, context);
        deliveries.Select(delivery => (delivery.To.Id, delivery.Frame.Stamp)).Distinct().Count().ShouldBe(deliveries.Count, context);
        CheckCounters(bed, context);
    }

    private static void CheckCounters(StressBed bed, string context)
    {
        var statistics = bed.Plane.ReadStatistics();
        for (var worker = 0; worker < statistics.Length; worker++)
        {
            var counted = statistics[worker];
            var socket = bed.Sockets[worker];
            var dropped = counted.Drops.Select((count, reason) => OfCopies.Contains((PacketDropReason)reason) ? 0 : count).Sum();
            var answers = socket.Sent.Count(sent => StressBed.IsAnswer(sent.Datagram));
            counted.PacketsIn.ShouldBe(socket.Taken - socket.Lost, context);
            counted.PacketsIn.ShouldBe(counted.Forwarded + dropped + answers, context);
            counted.PacketsOut.ShouldBe(socket.Sent.Count, context);
            counted.Dropped(PacketDropReason.NonceWouldRepeat).ShouldBe(0, context);
        }

        statistics.Sum(worker => worker.Dropped(PacketDropReason.WrongWorker)).ShouldBeGreaterThan(0, context);
        statistics.Sum(worker => worker.Dropped(PacketDropReason.Muted)).ShouldBeGreaterThan(0, context);
        bed.Sockets.Sum(socket => socket.Lost).ShouldBeGreaterThan(0, context);
    }
}
