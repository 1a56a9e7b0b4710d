using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Protocol.Tests.Rtp;

public sealed class SpeakerExtensionTests
{
    [Theory]
    [InlineData(SpeakingFlags.Voice, 0b010)]
    [InlineData(SpeakingFlags.Soundshare, 0b100)]
    [InlineData(SpeakingFlags.Priority, 0b001)]
    [InlineData(SpeakingFlags.Voice | SpeakingFlags.Priority, 0b011)]
    [InlineData(SpeakingFlags.Voice | SpeakingFlags.Soundshare | SpeakingFlags.Priority, 0b111)]
    public void ToByteAndRead_EachFlag_HasItsBit(SpeakingFlags flags, byte expected)
    {
        SpeakerExtension.ToByte(flags).ShouldBe(expected);
        SpeakerExtension.Read([expected]).ShouldBe(flags);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    public void Read_NothingOrZero_IsVoice(string data) =>
        SpeakerExtension.Read(Convert.FromHexString(data)).ShouldBe(SpeakingFlags.Voice);
}
