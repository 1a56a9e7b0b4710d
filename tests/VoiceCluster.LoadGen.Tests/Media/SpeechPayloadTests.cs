using VoiceCluster.LoadGen.Media;

namespace VoiceCluster.LoadGen.Tests.Media;

public sealed class SpeechPayloadTests
{
    private const int Length = 160;

    [Fact]
    public void A_payload_says_when_and_by_whom_it_was_sent()
    {
        SpeechPayload.TryRead(Payload(), Length, out var stamp).ShouldBeTrue();
        stamp.ShouldBe(new SpeechStamp(1_234_567_890_123, 42, 7));
    }

    [Theory]
    [InlineData(16)]
    [InlineData(Length - 1)]
    public void One_changed_byte_of_the_pattern_shows(int index)
    {
        var payload = Payload();
        payload[index] ^= 1;
        SpeechPayload.TryRead(payload, Length, out _).ShouldBeFalse();
    }

    [Fact]
    public void A_payload_that_was_cut_shows() => SpeechPayload.TryRead(Payload().AsSpan(0, Length - 1), Length, out _).ShouldBeFalse();

    private static byte[] Payload()
    {
        var payload = new byte[Length];
        SpeechPayload.WritePattern(payload);
        SpeechPayload.Write(payload, 1_234_567_890_123, 42, 7);
        return payload;
    }
}
