using System.Text;
using VoiceCluster.Node.Health;

namespace VoiceCluster.Node.Tests.Health;

public sealed class StolenTimeTests
{
    [Fact]
    public void TryParse_LineOfAllProcessors_SumsItsColumns()
    {
        StolenTime.TryParse("cpu  10 1 20 400 5 0 4 60 7 0\ncpu0 1 2"u8, out var stolen, out var total).ShouldBeTrue();
        stolen.ShouldBe(60);
        total.ShouldBe(500);
    }

    [Theory]
    [InlineData("")]
    [InlineData("cpu")]
    [InlineData("cpu0 1 2 3 4 5 6 7 8")]
    [InlineData("cpu  1 2 3 4 5 6 7")]
    [InlineData("cpu  1 2 x 4 5 6 7 8")]
    public void TryParse_AnythingElse_IsRefused(string text) => StolenTime.TryParse(Encoding.ASCII.GetBytes(text), out _, out _).ShouldBeFalse();

    [Fact]
    public void ReadShare_IsAShare()
    {
        var stolen = new StolenTime();
        stolen.ReadShare().ShouldBe(0);
        stolen.ReadShare().ShouldBeInRange(0, 1);
    }
}
