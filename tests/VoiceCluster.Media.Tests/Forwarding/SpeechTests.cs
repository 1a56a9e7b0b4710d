using VoiceCluster.Media.Forwarding;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Media.Tests.Forwarding;

public sealed class SpeechTests
{
    [Fact]
    public void Silence_frames_and_what_Opus_sends_between_words_are_no_voice()
    {
        Of(Packet([0xF8, 0xFF, 0xFE])).ShouldBe(new Speech(false, 0));
        Of(Packet([0x78])).ShouldBe(new Speech(false, 0));
        Of(Packet([0x78, 1, 2, 3])).ShouldBe(new Speech(true, 0));
    }

    [Theory]
    [InlineData(0x80 | 20, true, 107)]
    [InlineData(20, true, 107)]
    [InlineData(0, true, 127)]
    [InlineData(127, false, 0)]
    [InlineData(0xFF, false, 0)]
    public void The_senders_level_is_read_upside_down_so_that_more_is_louder(byte element, bool isVoice, int loudness) =>
        Of(Packet([1, 2, 3, 4, 5], [0xBE, 0xDE, 0, 1, 0x10, element, 0, 0])).ShouldBe(new Speech(isVoice, loudness));

    [Fact]
    public void A_level_among_other_elements_is_found_in_both_forms()
    {
        Of(Packet([1, 2, 3, 4, 5], [0xBE, 0xDE, 0, 2, 0x90, 2, 0x32, 1, 2, 3, 0x10, 27])).ShouldBe(new Speech(true, 100));
        Of(Packet([1, 2, 3, 4, 5], [0x10, 0, 0, 1, 1, 1, 27, 0])).ShouldBe(new Speech(true, 100));
    }

    private static byte[] Packet(byte[] payload, byte[]? extension = null)
    {
        var header = new byte[RtpHeader.Length];
        new RtpHeader { PayloadType = RtpPayloadType.Opus, SequenceNumber = 1 }.Write(header);
        header[0] |= extension is null ? (byte)0 : (byte)0x10;
        return [.. header, .. extension ?? [], .. payload];
    }

    private static Speech Of(byte[] packet)
    {
        RtpView.TryParse(packet, out var view, out _).ShouldBeTrue();
        return Speech.Of(view);
    }
}
