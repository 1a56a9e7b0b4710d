using System.Diagnostics;
using System.Net;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Media.Tests.Support;
using VoiceCluster.Media.Workers;
using VoiceCluster.Udp;

namespace VoiceCluster.Media.Tests.Workers;

public sealed class RoundPaceTests : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);
    private static readonly long Millisecond = TimeSpan.TicksPerMillisecond;

    private readonly ReceiveBatch _batch = new(2);
    private readonly ReceiveBatch _relayed = new(2);
    private readonly RoundPace _pace = new(Interval);

    public void Dispose()
    {
        _batch.Dispose();
        _relayed.Dispose();
    }

    [Fact]
    public void A_round_is_followed_by_a_rest_until_the_interval_is_over()
    {
        Fill(_batch, 1);

        _pace.RestAfter(100 * Millisecond, 103 * Millisecond, _batch, _relayed).ShouldBe(TimeSpan.FromMilliseconds(17));
    }

    [Fact]
    public void What_other_workers_sent_makes_a_round_too()
    {
        Fill(_relayed, 1);

        _pace.RestAfter(0, 0, _batch, _relayed).ShouldBe(Interval);
    }

    [Fact]
    public void A_round_that_took_longer_than_the_interval_is_followed_at_once()
    {
        Fill(_batch, 1);

        _pace.RestAfter(0, 21 * Millisecond, _batch, relayed: null).ShouldBe(TimeSpan.Zero);
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(0, 2)]
    [InlineData(0, 0)]
    public void A_full_batch_has_more_behind_it_and_an_empty_one_cost_nothing(int received, int relayed)
    {
        Fill(_batch, received);
        Fill(_relayed, relayed);

        _pace.RestAfter(0, 0, _batch, _relayed).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void Without_an_interval_nobody_rests()
    {
        Fill(_batch, 1);

        new RoundPace(TimeSpan.Zero).RestAfter(0, 0, _batch, relayed: null).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public async Task A_packet_loop_keeps_the_interval()
    {
        var socket = new CountingSocket();
        var options = new MediaOptions { ListenAddress = IPAddress.Loopback, Port = 0, Workers = 1, RoundInterval = Interval };
        await using var plane = new MediaPlane(new NodeIncarnation(new NodeId("node"), 1), options, TimeProvider.System, opened => socket.Open(opened));
        plane.StartWorker(0);

        await socket.Done.WaitAsync(TimeSpan.FromMinutes(1));

        socket.Shortest.ShouldBeGreaterThanOrEqualTo(Interval);
    }

    [Fact]
    public void What_waited_because_the_loop_rested_is_no_backlog()
    {
        using var bed = new MediaBed();
        var speaker = bed.Join();
        bed.Join();
        Run(Interval);
        bed.Processor.IsOverloaded.ShouldBeFalse();
        Run(TimeSpan.Zero);
        bed.Processor.IsOverloaded.ShouldBeTrue();

        void Run(TimeSpan rested)
        {
            bed.Rested = rested;
            for (var round = 0; round < 20; round++)
            {
                bed.Arrive(speaker.Endpoint, speaker.Voice(1), Interval);
                bed.Run();
                bed.Now += Interval;
            }
        }
    }

    [Fact]
    public void What_waited_because_the_loop_rested_is_not_too_old()
    {
        using var bed = new MediaBed();
        var speaker = bed.Join();
        bed.Join();
        bed.Rested = Interval;

        bed.Arrive(speaker.Endpoint, speaker.Voice(1), bed.Options.MaximumAge + Interval);
        bed.Arrive(speaker.Endpoint, speaker.Voice(1), bed.Options.MaximumAge + Interval + TimeSpan.FromMilliseconds(1));
        bed.Run();

        bed.Dropped(PacketDropReason.TooOld).ShouldBe(1);
    }

    private static void Fill(ReceiveBatch batch, int count)
    {
        for (var i = 0; i < count; i++)
        {
            batch.TryAdd([1], new Ipv4Endpoint(1, 1), 0).ShouldBeTrue();
        }
    }

    /// <summary>Has a datagram whenever it is asked, five times, and measures how long after the one before it is asked for the next.</summary>
    private sealed class CountingSocket : IDatagramSocket
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private IDatagramSocket? _inner;
        private long _last;
        private int _rounds;

        public Task Done => _done.Task;

        public TimeSpan Shortest { get; private set; } = TimeSpan.MaxValue;

        public Ipv4Endpoint LocalEndpoint => _inner!.LocalEndpoint;

        public int ReceiveBufferBytes => _inner!.ReceiveBufferBytes;

        public DatagramSocketCounters Counters => _inner!.Counters;

        public CountingSocket Open(DatagramSocketOptions options)
        {
            _inner = DatagramSockets.Open(options);
            return this;
        }

        public int Receive(ReceiveBatch batch)
        {
            var now = Stopwatch.GetTimestamp();
            if (_rounds is > 0 and <= 5)
            {
                var elapsed = Stopwatch.GetElapsedTime(_last, now);
                Shortest = elapsed < Shortest ? elapsed : Shortest;
            }

            if (_rounds++ >= 5)
            {
                _done.TrySetResult();
                return _inner!.Receive(batch);
            }

            batch.Clear();
            batch.TryAdd([1, 2, 3], new Ipv4Endpoint(0x7F000001, 9), 0);
            _last = Stopwatch.GetTimestamp();
            return 1;
        }

        public void Send(SendBatch batch) => _inner!.Send(batch);

        public void Interrupt() => _inner!.Interrupt();

        public void Dispose() => _inner!.Dispose();
    }
}
