using System.Collections.Immutable;
using VoiceCluster.Client.Measuring;

namespace VoiceCluster.Client.Tests.Measuring;

public sealed class SentFramesTests
{
    private static readonly ImmutableArray<ReadOnlyMemory<byte>> Recording =
        [new byte[] { 1, 1 }, new byte[] { 2, 2 }, new byte[] { 3, 3 }];

    [Fact]
    public void TakeNext_plays_the_recording_round_from_its_offset()
    {
        var sent = new SentFrames(Recording, offset: 2);

        var frames = Enumerable.Range(0, 4).Select(_ => sent.TakeNext(TimeSpan.Zero).Span[0]).ToArray();

        frames.ShouldBe(new byte[] { 3, 1, 2, 3 });
        sent.Count.ShouldBe(4);
    }

    [Fact]
    public void Matches_same_bytes_tells_the_delay()
    {
        var sent = new SentFrames(Recording, offset: 0);
        sent.TakeNext(TimeSpan.FromMilliseconds(20));
        sent.TakeNext(TimeSpan.FromMilliseconds(40));

        sent.Matches(1, [2, 2], TimeSpan.FromMilliseconds(43), out var delay).ShouldBeTrue();

        delay.ShouldBe(TimeSpan.FromMilliseconds(3));
    }

    [Theory]
    [InlineData(0, new byte[] { 1, 2 })]
    [InlineData(0, new byte[] { 1 })]
    [InlineData(0, new byte[] { 1, 1, 1 })]
    [InlineData(1, new byte[] { 1, 1 })]
    [InlineData(-1, new byte[] { 3, 3 })]
    [InlineData(2, new byte[] { 3, 3 })]
    public void Matches_other_bytes_or_a_place_that_was_not_sent_is_false(long number, byte[] heard)
    {
        var sent = new SentFrames(Recording, offset: 0);
        sent.TakeNext(TimeSpan.Zero);
        sent.TakeNext(TimeSpan.Zero);

        sent.Matches(number, heard, TimeSpan.Zero, out _).ShouldBeFalse();
    }

    [Fact]
    public void Matches_a_frame_whose_time_is_forgotten_still_compares_and_tells_no_delay()
    {
        var sent = new SentFrames(Recording, offset: 0);
        for (var place = 0; place <= SentFrames.KeptTimes; place++)
        {
            sent.TakeNext(TimeSpan.FromSeconds(1));
        }

        sent.Matches(0, [1, 1], TimeSpan.FromSeconds(9), out var delay).ShouldBeTrue();

        delay.ShouldBe(TimeSpan.Zero);
    }
}
