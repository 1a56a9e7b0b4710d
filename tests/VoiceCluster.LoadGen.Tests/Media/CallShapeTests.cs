using VoiceCluster.LoadGen.Media;

namespace VoiceCluster.LoadGen.Tests.Media;

public sealed class CallShapeTests
{
    [Fact]
    public void Speakers_of_one_channel_speak_as_far_apart_as_can_be()
    {
        var shape = new CallShape(Channels: 3, Members: 4, Speakers: 2);
        shape.SpeakingUsers().ShouldBe([0, 4, 8, 1, 5, 9]);
        shape.SpeakingUsers().Select(shape.ChannelOf).ShouldBe([0, 1, 2, 0, 1, 2]);
    }

    [Theory]
    [InlineData(100, 10, 9)]
    [InlineData(20_000, 50, 392)]
    [InlineData(1, 50, 1)]
    public void As_many_channels_as_come_nearest_to_the_users(int users, int fanOut, int channels)
    {
        var shape = CallShape.For(users, fanOut, speakers: 10);
        shape.Channels.ShouldBe(channels);
        shape.FanOut.ShouldBe(fanOut);
        shape.Users.ShouldBe(channels * (fanOut + 1));
    }

    [Fact]
    public void Nobody_speaks_who_is_not_there() => CallShape.For(10, 3, speakers: 10).Speakers.ShouldBe(4);

    [Fact]
    public void Mixed_calls_have_small_and_large_channels_and_speakers_in_each()
    {
        var calls = new MixedCalls(users: 500, mostSpeakers: 3);
        var sizes = Enumerable.Range(0, calls.Users).GroupBy(calls.ChannelOf).Select(channel => channel.Count()).ToList();
        calls.Users.ShouldBeInRange(500, 501);
        sizes.Count.ShouldBe(calls.Channels);
        sizes.Min().ShouldBe(2);
        sizes.Max().ShouldBe(60);
        calls.SpeakingUsers().Select(calls.ChannelOf).Distinct().Count().ShouldBe(calls.Channels);
        calls.SpeakingUsers().GroupBy(calls.ChannelOf).ShouldAllBe(channel => channel.Count() <= 3);
    }
}
