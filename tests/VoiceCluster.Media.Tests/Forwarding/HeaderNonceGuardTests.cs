using VoiceCluster.Media.Forwarding;

namespace VoiceCluster.Media.Tests.Forwarding;

public sealed class HeaderNonceGuardTests
{
    private readonly HeaderNonceGuard _guard = new();

    [Fact]
    public void Ordinary_packets_keep_their_numbers()
    {
        Map(10, 960).ShouldBe(((ushort)10, 960u));
        Map(12, 2880).ShouldBe(((ushort)12, 2880u));
        Map(11, 1920).ShouldBe(((ushort)11, 1920u));
    }

    [Fact]
    public void A_sender_who_starts_over_goes_on_where_he_was()
    {
        Map(10, 960);
        Map(11, 1920);

        // The replay window puts a restart into the next cycle of numbers.
        Map(65_536, 0, isRestart: true).ShouldBe(((ushort)12, 2880u));
        Map(65_537, 960).ShouldBe(((ushort)13, 3840u));
    }

    [Fact]
    public void A_timestamp_that_starts_over_alone_goes_on_too()
    {
        Map(10, 5_000_000);
        Map(11, 10).ShouldBe(((ushort)11, 5_000_960u));
        Map(12, 970).ShouldBe(((ushort)12, 5_001_920u));
    }

    [Fact]
    public void Equal_timestamps_a_whole_cycle_apart_are_refused()
    {
        Map(0, 100).ShouldNotBeNull();
        Map(65_536, 100).ShouldBeNull();
        Map(65_537, 101).ShouldNotBeNull();
    }

    [Fact]
    public void A_late_packet_of_the_cycle_before_still_passes()
    {
        Map(65_534, 1000);
        Map(65_536, 3000);
        Map(65_535, 900).ShouldNotBeNull();
        Map(65_533, 2000).ShouldBeNull();
    }

    [Fact]
    public void No_header_comes_twice_whatever_the_sender_does()
    {
        var random = new Random(11);
        var seen = new HashSet<(ushort, uint)>();
        var sequence = 0L;
        uint timestamp = 0;
        var passed = 0;
        for (var i = 0; i < 400_000; i++)
        {
            var isRestart = random.Next(20_000) == 0;
            sequence += isRestart ? 65_536 : random.Next(1, 4);
            timestamp = isRestart ? (uint)random.Next() : timestamp + (uint)random.Next(0, 3) * 960;
            if (Map(sequence, timestamp, isRestart) is { } header)
            {
                seen.Add(header).ShouldBeTrue();
                passed++;
            }
        }

        passed.ShouldBeGreaterThan(390_000);
    }

    [Fact]
    public void Timestamps_that_wrap_do_not_meet_those_of_the_day_before()
    {
        Map(0, 0).ShouldBe(((ushort)0, 0u));
        for (var i = 1; i <= 8; i++)
        {
            Map(i, (uint)i << 29);
        }

        Map(65_536, 960).ShouldBe(((ushort)0, 961u));
    }

    private (ushort Sequence, uint Timestamp)? Map(long sequence, uint timestamp, bool isRestart = false) =>
        _guard.TryMap(sequence, timestamp, isRestart, out var safeSequence, out var safeTimestamp) ? (safeSequence, safeTimestamp) : null;
}
