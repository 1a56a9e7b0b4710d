using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Node.Configuration;

namespace VoiceCluster.Node.Tests.Configuration;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("512", 512)]
    [InlineData("512B", 512)]
    [InlineData("64KiB", 65_536)]
    [InlineData("64 KiB", 65_536)]
    [InlineData("1MiB", 1_048_576)]
    [InlineData("2GiB", 2_147_483_648)]
    [InlineData("0", 0)]
    public void TryParse_NumberAndUnit_IsThatManyBytes(string text, long expected)
    {
        ByteSize.TryParse(text, out var bytes).ShouldBeTrue();
        bytes.ShouldBe(expected);
    }

    [Theory]
    [InlineData("")]
    [InlineData("KiB")]
    [InlineData("-1")]
    [InlineData("1.5MiB")]
    [InlineData("64KB")]
    [InlineData("64k")]
    [InlineData("64kib")]
    [InlineData("9223372036854775807KiB")]
    public void TryParse_AnythingElse_IsRefused(string text) => ByteSize.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void Format_OfAnySize_ReadsBackTheSame() => Prop.ForAll(
        Gen.Choose(0, int.MaxValue).SelectMany(value => Gen.Elements(1L, 1L << 10, 1L << 20, 1L << 30).Select(unit => value * unit)).ToArbitrary(),
        bytes => ByteSize.TryParse(ByteSize.Format(bytes), out var back) && back == bytes).QuickCheckThrowOnFailure();
}
