using VoiceCluster.Node.Composition;
using VoiceCluster.TestKit;

namespace VoiceCluster.Node.Tests.Composition;

public sealed class TestClockTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_wall_clock_is_wrong_by_what_the_file_says_at_the_time()
    {
        var file = _directory.Write("clock", "3600");
        using var clock = new TestClock(file);
        HoursAhead(clock).ShouldBe(1, tolerance: 0.1);

        _directory.Write("clock", "-7200.5");
        await Eventually.HoldsAsync(() => HoursAhead(clock) <= 0);

        HoursAhead(clock).ShouldBe(-2, tolerance: 0.1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("1e300")]
    public void What_is_no_number_of_seconds_changes_nothing(string text)
    {
        using var clock = new TestClock(_directory.Write("clock", text));
        HoursAhead(clock).ShouldBe(0, tolerance: 0.1);
    }

    [Fact]
    public void Without_the_file_it_is_right()
    {
        using var clock = new TestClock(Path.Combine(_directory.Write("other", ""), "nowhere"));
        HoursAhead(clock).ShouldBe(0, tolerance: 0.1);
    }

    private static double HoursAhead(TestClock clock) => (clock.GetUtcNow() - TimeProvider.System.GetUtcNow()).TotalHours;
}
