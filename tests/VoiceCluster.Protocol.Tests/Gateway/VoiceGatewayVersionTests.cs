using VoiceCluster.Protocol.Gateway;

namespace VoiceCluster.Protocol.Tests.Gateway;

public sealed class VoiceGatewayVersionTests
{
    [Theory]
    [InlineData(null, 1)]
    [InlineData("", 1)]
    [InlineData("abc", 1)]
    [InlineData("8.0", 1)]
    [InlineData("v8", 1)]
    [InlineData("1", 1)]
    [InlineData("4", 4)]
    [InlineData("04", 4)]
    [InlineData("9", 9)]
    public void TryParseQueryValue_missing_or_no_number_is_version_1(string? text, int expected)
    {
        VoiceGatewayVersion.TryParseQueryValue(text, out var version).ShouldBeTrue();
        version.Number.ShouldBe(expected);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("10")]
    [InlineData("-1")]
    [InlineData("4294967304")]
    [InlineData("99999999999999999999999999999999999999999999999999")]
    public void TryParseQueryValue_number_out_of_range_is_refused(string text) =>
        VoiceGatewayVersion.TryParseQueryValue(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(-1)]
    public void Constructor_out_of_range_throws(int number) =>
        Should.Throw<ArgumentOutOfRangeException>(() => new VoiceGatewayVersion(number));

    [Fact]
    public void Default_value_is_version_1()
    {
        default(VoiceGatewayVersion).Number.ShouldBe(1);
        default(VoiceGatewayVersion).ShouldBe(new VoiceGatewayVersion(1));
        default(VoiceGatewayVersion).ToString().ShouldBe("v1");
    }

    [Fact]
    public void Capabilities_begin_at_their_version()
    {
        Having(version => version.FlatHello).ShouldBe([1, 2]);
        Having(version => version.BooleanSpeaking).ShouldBe([1, 2, 3]);
        Having(version => version.HeartbeatIntervalInReady).ShouldBe([1, 2, 3]);
        Having(version => version.MediaSinkWants).ShouldBe([5, 6, 7, 8, 9]);
        Having(version => version.SequenceNumbers).ShouldBe([8, 9]);
        Having(version => version.HeartbeatObject).ShouldBe([8, 9]);
        Having(version => version.ChannelInIdentify).ShouldBe([9]);
        Having(version => version.HeartbeatAckOpcode == VoiceOpcode.Heartbeat).ShouldBe([1]);
    }

    [Theory]
    [InlineData(8, 9, true)]
    [InlineData(5, 7, true)]
    [InlineData(1, 3, true)]
    [InlineData(4, 5, false)]
    [InlineData(3, 4, false)]
    [InlineData(7, 8, false)]
    public void HasSameEventsAs_compares_the_form_of_events(int first, int second, bool same)
    {
        new VoiceGatewayVersion(first).HasSameEventsAs(new VoiceGatewayVersion(second)).ShouldBe(same);
        new VoiceGatewayVersion(second).HasSameEventsAs(new VoiceGatewayVersion(first)).ShouldBe(same);
    }

    private static int[] Having(Func<VoiceGatewayVersion, bool> capability) =>
        [.. Enumerable.Range(1, 9).Where(number => capability(new VoiceGatewayVersion(number)))];
}
