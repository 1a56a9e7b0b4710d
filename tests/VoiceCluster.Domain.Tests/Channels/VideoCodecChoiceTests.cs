using VoiceCluster.Domain.Channels;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Domain.Tests.Channels;

public sealed class VideoCodecChoiceTests
{
    private static readonly ValueArray<VoiceCodec> Bot = [];
    private static readonly ValueArray<VoiceCodec> Modern = [VoiceCodec.Opus, Codec("H264", 2000), Codec("AV1", 1000), Codec("VP8", 3000)];
    private static readonly ValueArray<VoiceCodec> Old = [VoiceCodec.Opus, Codec("VP8", 1000), Codec("h264", 2000)];
    private static readonly ValueArray<VoiceCodec> OnlyVp9 = [Codec("VP9", 1000)];

    [Fact]
    public void Alone_or_among_equals_it_is_the_one_of_lowest_priority()
    {
        Choose(Modern).ShouldBe("AV1");
        Choose(Modern, Modern, Modern).ShouldBe("AV1");
    }

    [Fact]
    public void Everybody_else_has_to_decode_it()
    {
        Choose(Modern, Old).ShouldBe("H264");
        Choose(Old, Modern).ShouldBe("VP8");
    }

    [Fact]
    public void Nothing_in_common_leaves_the_senders_best() => Choose(Modern, OnlyVp9).ShouldBe("AV1");

    [Fact]
    public void Who_decodes_no_video_has_no_say() => Choose(Modern, Bot, [VoiceCodec.Opus]).ShouldBe("AV1");

    [Fact]
    public void What_a_session_cannot_encode_is_not_chosen_for_it_and_what_it_cannot_decode_may_be()
    {
        Choose([Codec("AV1", 1000) with { Encode = false }, Codec("H264", 2000) with { Decode = false }], Modern).ShouldBe("H264");
        Choose([Codec("VP8", 1) with { Encode = false }], Modern).ShouldBe(VideoCodecChoice.Default);
        Choose(Bot, Modern).ShouldBe(VideoCodecChoice.Default);
    }

    private static string Choose(ValueArray<VoiceCodec> own, params ValueArray<VoiceCodec>[] others) =>
        new VideoCodecChoice(others.Append(own).CountBy(codecs => codecs)).For(own);

    private static VoiceCodec Codec(string name, int priority) => new(name, "video", priority, 101, 102);
}
