using VoiceCluster.Domain.Media;
using VoiceCluster.Media.Tests.Support;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Udp;

namespace VoiceCluster.Media.Tests.Workers;

public sealed class PacketProcessorTests : IDisposable
{
    private readonly MediaBed _bed = new();

    public void Dispose() => _bed.Dispose();

    [Fact]
    public void Datagrams_older_than_100_ms_are_dropped_unopened()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join());
        _bed.Plan(speaker, listener);
        _bed.Arrive(speaker.Endpoint, speaker.Voice(1), TimeSpan.FromMilliseconds(101));
        _bed.Arrive(speaker.Endpoint, speaker.Voice(2), TimeSpan.FromMilliseconds(99));
        _bed.Arrive(speaker.Endpoint, speaker.Voice(3), TimeSpan.FromMilliseconds(-50));
        _bed.Run();

        _bed.Dropped(PacketDropReason.TooOld).ShouldBe(1);
        _bed.Heard(listener).Select(packet => packet.Payload[0]).ShouldBe([2, 3]);
    }

    [Fact]
    public void Datagrams_over_1400_bytes_are_dropped()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join());
        _bed.BitrateBps = 1_000_000;
        _bed.Plan(speaker, listener);
        _bed.Deliver(speaker, speaker.Voice(new byte[1400 - 32]));
        _bed.Deliver(speaker, speaker.Voice(new byte[1400 - 31]));
        _bed.Deliver(speaker, new byte[3000]);

        _bed.Heard(listener).Count.ShouldBe(1);
        _bed.Dropped(PacketDropReason.TooLong).ShouldBe(2);
    }

    [Fact]
    public void A_worker_that_stood_still_for_over_a_second_drops_what_piled_up()
    {
        using var bed = new MediaBed(new MediaOptions { BatchSize = 4 });
        var (speaker, listener) = (bed.Join(), bed.Join());
        bed.Plan(speaker, listener);
        bed.Speak(speaker);
        bed.Now += TimeSpan.FromSeconds(1.1);
        Arrive(bed, speaker, 4);
        Arrive(bed, speaker, 2);
        Arrive(bed, speaker, 1);

        bed.Dropped(PacketDropReason.Backlog).ShouldBe(6);
        bed.Dropped(PacketDropReason.UnconfirmedPlan).ShouldBe(1);
        bed.Heard(listener).Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1.1)]
    public void A_worker_that_stood_still_forwards_again_when_its_plans_are_confirmed_or_after_a_second(bool confirmed, double seconds)
    {
        using var bed = new MediaBed(new MediaOptions { BatchSize = 4 });
        var (speaker, listener) = (bed.Join(), bed.Join());
        bed.Plan(speaker, listener);
        bed.Now += TimeSpan.FromSeconds(1.1);
        Arrive(bed, speaker, 1);
        bed.TakeEdges().ShouldContain(new MediaEdge.WorkerStalled(0));
        Arrive(bed, speaker, 1);
        bed.Heard(listener).ShouldBeEmpty();

        if (confirmed)
        {
            bed.Inbox.ConfirmPlans();
        }

        for (var passed = 0.0; passed < seconds; passed += 0.2)
        {
            bed.Now += TimeSpan.FromSeconds(0.2);
            Arrive(bed, speaker, 0);
        }

        Arrive(bed, speaker, 1);
        bed.Heard(listener).Count.ShouldBe(1);
    }

    [Fact]
    public void Any_cut_off_packet_is_dropped_and_nothing_throws()
    {
        foreach (var mode in TransportEncryptionModes.All.Where(Crypto.TransportCiphers.IsAvailable))
        {
            var (speaker, listener) = (_bed.Join(mode), _bed.Join());
            _bed.Plan(speaker, listener);
            var packet = speaker.Voice(1, 2, 3, 4);
            packet[0] |= 0x10;
            for (var length = 0; length < packet.Length; length++)
            {
                _bed.Deliver(speaker, packet[..length]);
            }

            _bed.Heard(listener).ShouldBeEmpty();
        }
    }

    [Fact]
    public void Random_datagrams_never_throw()
    {
        var clients = TransportEncryptionModes.All.Where(Crypto.TransportCiphers.IsAvailable).Select(mode => _bed.Join(mode)).ToArray();
        _bed.Plan(clients);
        var random = new Random(17);
        for (var i = 0; i < 20_000; i++)
        {
            var client = clients[random.Next(clients.Length)];
            var datagram = new byte[random.Next(120)];
            random.NextBytes(datagram);
            if (datagram.Length >= 12 && random.Next(2) == 0)
            {
                datagram[0] = (byte)(0x80 | (datagram[0] & 0x3F));
                datagram[1] = random.Next(2) == 0 ? (byte)120 : (byte)random.Next(200, 208);
                System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(datagram.AsSpan(datagram[1] == 120 ? 8 : 4), client.Ssrc.Value);
            }

            _bed.Deliver(client.Endpoint, datagram);
            _bed.Now += TimeSpan.FromMilliseconds(10);
        }

        _bed.Counters.PacketsIn.ShouldBeGreaterThan(20_000);
    }

    [Fact]
    public void Counters_add_up()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join());
        _bed.Plan(speaker, listener);
        var before = _bed.Counters.Read();
        _bed.Speak(speaker, 10);
        _bed.Deliver(speaker, [1, 2, 3]);

        var after = _bed.Counters.Read();
        (after.PacketsIn - before.PacketsIn).ShouldBe(11);
        (after.PacketsOut - before.PacketsOut).ShouldBe(10);
        (after.BytesOut - before.BytesOut).ShouldBe(10 * (12 + 2 + 16 + 4));
        (after.Forwarded - before.Forwarded).ShouldBe(10);
        (after.Batches - before.Batches).ShouldBe(11);
        (after.Dropped(PacketDropReason.NotServed) - before.Dropped(PacketDropReason.NotServed)).ShouldBe(1);
    }

    [Fact]
    public void Residence_is_counted_by_bounds()
    {
        var counters = new WorkerCounters();
        counters.CountResidence(0);
        counters.CountResidence(26_000);
        counters.CountResidence(long.MaxValue / 2);

        var residence = counters.Read().Residence;
        residence[0].ShouldBe(1);
        residence[1].ShouldBe(1);
        residence[^1].ShouldBe(1);
        residence.Sum().ShouldBe(3);
    }

    [Fact]
    public void Closed_sessions_are_freed_after_the_worker_took_the_new_table()
    {
        var client = _bed.Join();
        var transport = _bed.Session(client).Transport!;
        _bed.Sessions.Close(_bed.Session(client), _bed.Now);
        transport.Cipher.SealRtp(new byte[12], new byte[4], 1, new byte[100]).ShouldBeGreaterThan(0);

        _bed.Run();

        Should.Throw<ObjectDisposedException>(() => transport.Cipher.SealRtp(new byte[12], new byte[4], 1, new byte[100]));
    }

    [Theory]
    [MemberData(nameof(AllModes))]
    public void Ten_thousand_packets_to_ten_listeners_allocate_nothing(TransportEncryptionMode mode)
    {
        if (!Crypto.TransportCiphers.IsAvailable(mode))
        {
            return;
        }

        const int Packets = 10_000;
        const int Warm = 200;
        const int Rounds = 3;
        using var bed = new MediaBed(new MediaOptions { MaximumDatagramBytes = 1400 });
        bed.BitrateBps = 10_000_000;
        var speaker = bed.Join(mode);
        var listeners = Enumerable.Range(0, 10).Select(i => bed.Join(mode, i % 2 == 0 ? default : TestClient.NativeCodecs)).ToArray();
        bed.Plan([speaker, .. listeners]);
        var packets = Enumerable.Range(0, Warm + (Rounds * Packets)).Select(_ => speaker.Voice(new byte[160])).ToArray();
        using var batch = new ReceiveBatch();
        bed.Socket.Keeps = false;
        var now = bed.Now.Ticks;
        Process(bed, batch, speaker, packets.AsSpan(0, Warm), ref now);
        var sentBefore = bed.Socket.SentCount;

        var allocated = LeastAllocated(bed, batch, speaker, packets.AsSpan(Warm), Rounds, ref now);

        (bed.Socket.SentCount - sentBefore).ShouldBe(Rounds * Packets * 10);
        allocated.ShouldBe(0);
    }

    public static TheoryData<TransportEncryptionMode> AllModes => [.. TransportEncryptionModes.All];

    [Fact]
    public void Packets_that_are_refused_allocate_nothing_either()
    {
        var (speaker, listener) = (_bed.Join(), _bed.Join());
        _bed.Plan(speaker, listener);
        const int Rounds = 3;
        var forged = Enumerable.Range(0, 100 + (Rounds * 1000)).Select(_ => speaker.Voice(new byte[100])).ToArray();
        foreach (var packet in forged)
        {
            packet[20] ^= 1;
        }

        using var batch = new ReceiveBatch();
        var now = _bed.Now.Ticks;
        Process(_bed, batch, speaker, forged.AsSpan(0, 100), ref now);

        LeastAllocated(_bed, batch, speaker, forged.AsSpan(100), Rounds, ref now).ShouldBe(0);
        _bed.Dropped(PacketDropReason.NotAuthentic).ShouldBeGreaterThan(Rounds * 1000);
    }

    /// <summary>The runtime may allocate on this thread when it compiles a loop anew; what a packet costs would show in every round.</summary>
    private static long LeastAllocated(MediaBed bed, ReceiveBatch batch, TestClient from, ReadOnlySpan<byte[]> packets, int rounds, ref long now)
    {
        var length = packets.Length / rounds;
        var least = long.MaxValue;
        for (var round = 0; round < rounds; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Process(bed, batch, from, packets.Slice(round * length, length), ref now);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }

    private static void Process(MediaBed bed, ReceiveBatch batch, TestClient from, ReadOnlySpan<byte[]> packets, ref long now)
    {
        for (var i = 0; i < packets.Length; i += 2)
        {
            batch.Clear();
            batch.TryAdd(packets[i], from.Endpoint, 0);
            batch.TryAdd(packets[i + 1], from.Endpoint, 0);
            now += 40 * TimeSpan.TicksPerMillisecond;
            bed.Processor.Process(batch, new WorkerTime(now, now * 100));
        }
    }

    private static void Arrive(MediaBed bed, TestClient speaker, int packets)
    {
        for (var i = 0; i < packets; i++)
        {
            bed.Arrive(speaker.Endpoint, speaker.Voice(1));
        }

        bed.Run();
    }
}
