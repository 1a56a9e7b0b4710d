using VoiceCluster.Media.Workers;

namespace VoiceCluster.Media.Tests.Workers;

public sealed class OverloadGuardTests
{
    private const long Millisecond = 1_000_000;
    private static readonly long Tick = TimeSpan.FromMilliseconds(10).Ticks;

    [Fact]
    public void A_burst_is_worked_off_whole()
    {
        var guard = NewGuard();
        guard.Observe(90 * Millisecond, 0);
        guard.Observe(90 * Millisecond, 9 * Tick);

        guard.Judge(100 * Millisecond).ShouldBe(PacketDropReason.None);
        guard.Judge((100 * Millisecond) + 1).ShouldBe(PacketDropReason.TooOld);
    }

    [Fact]
    public void A_backlog_that_stands_is_shed_down_to_what_is_young_and_all_passes_when_it_is_gone()
    {
        var guard = NewGuard();
        guard.Observe(6 * Millisecond, 0);
        guard.Observe(6 * Millisecond, 10 * Tick);

        guard.IsOverloaded.ShouldBeTrue();
        guard.Judge(9 * Millisecond).ShouldBe(PacketDropReason.None);
        guard.Judge(20 * Millisecond).ShouldBe(PacketDropReason.Overload);
        guard.Judge(101 * Millisecond).ShouldBe(PacketDropReason.TooOld);

        guard.Observe(0, (10 * Tick) + 1);
        guard.IsOverloaded.ShouldBeFalse();
        guard.Judge(20 * Millisecond).ShouldBe(PacketDropReason.None);
    }

    [Fact]
    public void A_pause_of_the_whole_process_is_no_overload()
    {
        var guard = NewGuard();
        guard.Observe(0, 0);
        guard.Observe(80 * Millisecond, 1000 * Tick);
        guard.Observe(60 * Millisecond, 1001 * Tick);

        guard.IsOverloaded.ShouldBeFalse();
    }

    // Senders at a fixed pace and a fixed cost per packet: a sharp limit would meet the same ones each time.
    [Theory]
    [InlineData(200, 2.0)]
    [InlineData(128, 2.0)]
    [InlineData(64, 1.5)]
    [InlineData(1000, 4.0)]
    public void Past_saturation_all_senders_lose_alike_and_what_passes_is_on_time(int senders, double load)
    {
        var queue = new SimulatedQueue(senders, load, seed: 7);
        queue.Run(seconds: 2);
        queue.Forget();
        queue.Run(seconds: 10);

        queue.Goodput.ShouldBeGreaterThan(0.9);
        queue.JainIndex.ShouldBeGreaterThan(0.95);
        queue.LongestWait.ShouldBeLessThan(20 * Millisecond);
        queue.IsOverloaded.ShouldBeTrue();
    }

    [Fact]
    public void When_the_load_falls_nothing_is_lost_any_more_within_a_second()
    {
        var queue = new SimulatedQueue(200, load: 2, seed: 7);
        queue.Run(seconds: 5);
        queue.Load = 0.7;
        queue.Run(seconds: 1);
        queue.Forget();
        queue.Run(seconds: 5);

        queue.Lost.ShouldBe(0);
        queue.IsOverloaded.ShouldBeFalse();
    }

    private static OverloadGuard NewGuard() => new(100 * Millisecond, seed: 1);

    /// <summary>A socket's queue, and a worker that takes batches of 64 from it; in made time.</summary>
    private sealed class SimulatedQueue(int senders, double load, ulong seed)
    {
        private const int BatchSize = 64;
        private const int BufferedPackets = 5000;
        private const long Pace = 20 * Millisecond;
        private const long CostOfDrop = 1000;

        private readonly Queue<(int Sender, long At)> _queue = new();
        private readonly long[] _forwarded = new long[senders];
        private OverloadGuard _guard = new(100 * Millisecond, seed);
        private long _now;
        private long _arrived;
        private long _forgottenAt;

        public double Load { get; set; } = load;

        public long Lost { get; private set; }

        public long LongestWait { get; private set; }

        public bool IsOverloaded => _guard.IsOverloaded;

        /// <summary>What was forwarded, as a share of what could have been.</summary>
        public double Goodput => _forwarded.Sum() * (double)CostOfForwarding / (_now - _forgottenAt);

        public double JainIndex => Math.Pow(_forwarded.Sum(), 2) / (senders * _forwarded.Sum(count => (double)count * count));

        private long CostOfForwarding => (long)(Pace / senders * Load);

        public void Forget()
        {
            Array.Clear(_forwarded);
            (Lost, LongestWait, _forgottenAt) = (0, 0, _now);
        }

        public void Run(int seconds)
        {
            for (var end = _now + (seconds * 1000 * Millisecond); _now < end;)
            {
                Arrive();
                _guard.Observe(_queue.TryPeek(out var oldest) ? _now - oldest.At : 0, _now / 100);
                for (var taken = Math.Min(BatchSize, _queue.Count); taken > 0; taken--)
                {
                    Take(_queue.Dequeue());
                }

                // An empty queue is waited at until the next packet.
                _now = Math.Max(_now, _queue.Count == 0 ? TimeOf(_arrived) : _now);
            }
        }

        private void Take((int Sender, long At) packet)
        {
            var age = _now - packet.At;
            if (_guard.Judge(age) != PacketDropReason.None)
            {
                _now += CostOfDrop;
                Lost++;
                return;
            }

            LongestWait = Math.Max(LongestWait, age);
            _forwarded[packet.Sender]++;
            _now += CostOfForwarding;
        }

        private void Arrive()
        {
            for (; TimeOf(_arrived) <= _now; _arrived++)
            {
                if (_queue.Count == BufferedPackets)
                {
                    Lost++;
                }
                else
                {
                    _queue.Enqueue(((int)(_arrived % senders), TimeOf(_arrived)));
                }
            }
        }

        private long TimeOf(long packet) => packet * (Pace / senders);
    }
}
