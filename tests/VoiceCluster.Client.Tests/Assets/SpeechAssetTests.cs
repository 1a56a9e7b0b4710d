using VoiceCluster.Client.Assets;

namespace VoiceCluster.Client.Tests.Assets;

public sealed class SpeechAssetTests
{
    [Fact]
    public void Frames_are_eight_to_ten_seconds_of_stereo_opus_in_single_frames_of_20_ms()
    {
        var seconds = SpeechAsset.Frames.Length * SpeechAsset.FrameDuration.TotalSeconds;

        seconds.ShouldBeInRange(8, 10);
        SpeechAsset.Frames.ToArray().All(frame => IsStereoSingleFrameOf20Ms(frame.Span[0])).ShouldBeTrue();
    }

    [Fact]
    public void Frames_have_the_bitrate_of_real_speech()
    {
        var bits = SpeechAsset.Frames.Sum(frame => frame.Length) * 8L;
        var seconds = SpeechAsset.Frames.Length * SpeechAsset.FrameDuration.TotalSeconds;

        (bits / seconds).ShouldBeInRange(32_000, 64_000);
    }

    [Fact]
    public void Frames_next_to_each_other_differ()
    {
        var pairs = SpeechAsset.Frames.Zip(SpeechAsset.Frames.Skip(1));

        pairs.Any(pair => pair.First.Span.SequenceEqual(pair.Second.Span)).ShouldBeFalse();
    }

    [Theory]
    [InlineData(new byte[] { 0 })]
    [InlineData(new byte[] { 0, 0 })]
    [InlineData(new byte[] { 0, 2, 9 })]
    [InlineData(new byte[] { 0, 1, 9, 0 })]
    public void TrySplit_damaged_file_is_refused(byte[] file) => SpeechAsset.TrySplit(file, out _).ShouldBeFalse();

    [Fact]
    public void TrySplit_two_frames_returns_both()
    {
        SpeechAsset.TrySplit(new byte[] { 0, 1, 7, 0, 2, 8, 9 }, out var frames).ShouldBeTrue();

        frames.Select(frame => frame.ToArray()).ShouldBe([[7], [8, 9]]);
    }

    // RFC 6716 section 3.1: configurations whose frame lasts 20 ms, the stereo bit, and code 0 (one frame).
    private static bool IsStereoSingleFrameOf20Ms(byte tableOfContents)
    {
        var configuration = tableOfContents >> 3;
        var lasts20Ms = configuration is 1 or 5 or 9 or 13 or 15 or 19 or 23 or 27 or 31;
        return lasts20Ms && (tableOfContents & 0b100) != 0 && (tableOfContents & 0b11) == 0;
    }
}
