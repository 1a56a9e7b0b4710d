using VoiceCluster.LoadGen.Chaos.Measuring;

namespace VoiceCluster.LoadGen.Tests.Chaos;

public sealed class PairEarTests
{
    private static readonly TimeSpan StaleAfter = TimeSpan.FromMilliseconds(500);

    private readonly PairEar _ear = new();

    [Fact]
    public void A_silence_that_began_before_the_window_counts_whole()
    {
        Hear(0, at: 1000);
        _ear.BeginWindow(nextNumber: 1);
        Hear(1, at: 3000);
        Hear(2, at: 3020);

        Longest(began: 2000, ended: 3030).ShouldBe(2000);
    }

    [Fact]
    public void A_silence_that_lasts_counts_up_to_the_end_of_the_window()
    {
        _ear.BeginWindow(0);
        Hear(0, at: 1000);
        Hear(1, at: 1020);

        Longest(began: 900, ended: 1500).ShouldBe(480);
    }

    [Fact]
    public void Who_was_never_heard_was_silent_for_the_whole_window()
    {
        _ear.BeginWindow(0);
        Longest(began: 1000, ended: 8000).ShouldBe(7000);
    }

    [Fact]
    public void A_frame_from_a_backlog_is_stale_and_ends_no_silence()
    {
        _ear.BeginWindow(0);
        Hear(0, at: 1000);
        Hear(1, at: 4000, age: 2980);
        Hear(2, at: 4010);

        _ear.Stale.ShouldBe(1);
        _ear.Oldest.ShouldBe(TimeSpan.FromMilliseconds(2980));
        Longest(began: 900, ended: 4020).ShouldBe(3010);
    }

    [Fact]
    public void A_frame_that_one_connection_brings_twice_is_a_duplicate()
    {
        _ear.BeginWindow(0);
        Hear(0, at: 1000);
        Hear(0, at: 1001);

        (_ear.Received, _ear.Duplicates).ShouldBe((1, 1));
    }

    [Fact]
    public void A_frame_that_two_overlapping_connections_bring_is_none()
    {
        _ear.BeginWindow(0);
        Hear(0, at: 1000, connection: 1);
        Hear(0, at: 1001, connection: 2);

        (_ear.Received, _ear.Duplicates).ShouldBe((1, 0));
    }

    [Fact]
    public void Frames_sent_before_the_window_are_not_received_in_it()
    {
        _ear.BeginWindow(nextNumber: 5);
        Hear(4, at: 1000);
        Hear(5, at: 1020);

        _ear.Received.ShouldBe(1);
    }

    [Fact]
    public void Frames_that_overtake_each_other_are_all_received_and_none_is_a_duplicate()
    {
        _ear.BeginWindow(0);
        foreach (var number in new[] { 3, 0, PairEar.Kept + 1, 7, PairEar.Kept })
        {
            Hear(number, at: 1000);
        }

        // The fourth is still told apart; the first would not be any more.
        Hear(0, at: 1000);
        (_ear.Received, _ear.Duplicates).ShouldBe((5, 1));
    }

    private void Hear(long number, double at, double age = 1, byte connection = 1) =>
        _ear.Hear(number, connection, TimeSpan.FromMilliseconds(age), TimeSpan.FromMilliseconds(at), StaleAfter);

    private double Longest(double began, double ended) =>
        _ear.LongestSilence(TimeSpan.FromMilliseconds(began), TimeSpan.FromMilliseconds(ended)).TotalMilliseconds;
}
