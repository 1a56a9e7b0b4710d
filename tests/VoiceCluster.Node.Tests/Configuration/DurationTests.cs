using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Node.Configuration;

namespace VoiceCluster.Node.Tests.Configuration;

public sealed class DurationTests
{
    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("30s", 30_000)]
    [InlineData(" 30 s ", 30_000)]
    [InlineData("2m", 120_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("1d", 86_400_000)]
    [InlineData("0s", 0)]
    [InlineData("13750ms", 13_750)]
    public void TryParse_NumberAndUnit_IsThatLong(string text, long milliseconds)
    {
        Duration.TryParse(text, out var duration).ShouldBeTrue();
        duration.ShouldBe(TimeSpan.FromMilliseconds(milliseconds));
    }

    [Theory]
    [InlineData("")]
    [InlineData("30")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("+1s")]
    [InlineData("1.5s")]
    [InlineData("1m30s")]
    [InlineData("30S")]
    [InlineData("30 seconds")]
    [InlineData("00:00:30")]
    [InlineData("99999999999999999999d")]
    [InlineData("9223372036854775807d")]
    public void TryParse_AnythingElse_IsRefused(string text) => Duration.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void Format_OfWholeMilliseconds_ReadsBackTheSame() => Prop.ForAll(
        Gen.Choose(0, int.MaxValue).Select(value => TimeSpan.FromMilliseconds(value)).ToArbitrary(),
        duration => Duration.TryParse(Duration.Format(duration), out var back) && back == duration).QuickCheckThrowOnFailure();

    [Fact]
    public void TryParse_AnyText_NeverThrows() => Prop.ForAll<string>(text =>
    {
        _ = Duration.TryParse(text ?? "", out _);
        return true;
    }).QuickCheckThrowOnFailure();
}
