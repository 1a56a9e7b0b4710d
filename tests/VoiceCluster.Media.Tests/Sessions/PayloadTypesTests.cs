using VoiceCluster.Domain.Media;
using VoiceCluster.Media.Sessions;

namespace VoiceCluster.Media.Tests.Sessions;

public sealed class PayloadTypesTests
{
    [Fact]
    public void Without_a_list_120_is_Opus_96_a_probe_and_the_rest_unknown()
    {
        var types = PayloadTypes.From([]);

        types.HasCodecList.ShouldBeFalse();
        types.Classify(120).Kind.ShouldBe(MediaKind.Audio);
        types.Classify(96).Kind.ShouldBe(MediaKind.Probe);
        Enumerable.Range(0, 128).Count(number => types.Classify(number).Kind == MediaKind.Unknown).ShouldBe(126);
        types.TryFind(types.Classify(120), out var number).ShouldBeTrue();
        number.ShouldBe((byte)120);
    }

    [Fact]
    public void Numbers_are_translated_by_the_codecs_name()
    {
        var sender = PayloadTypes.From([new("opus", false, 120, null), new("H264", true, 101, 102), new("VP8", true, 105, 106)]);
        var receiver = PayloadTypes.From([new("OPUS", false, 111, null), new("vp8", true, 96 + 1, 98), new("h264", true, 103, 104)]);

        Translate(sender, receiver, 120).ShouldBe(111);
        Translate(sender, receiver, 101).ShouldBe(103);
        Translate(sender, receiver, 102).ShouldBe(104);
        Translate(sender, receiver, 105).ShouldBe(97);
        Translate(sender, receiver, 106).ShouldBe(98);
    }

    [Fact]
    public void What_the_receiver_did_not_negotiate_has_no_number()
    {
        var sender = PayloadTypes.From([new("opus", false, 120, null), new("H264", true, 101, 102)]);

        Translate(sender, PayloadTypes.From([]), 101).ShouldBeNull();
        Translate(sender, PayloadTypes.From([new("H264", true, 103, null)]), 102).ShouldBeNull();
    }

    [Fact]
    public void A_list_without_Opus_leaves_voice_at_120() =>
        PayloadTypes.From([new("H264", true, 101, null)]).Classify(120).Kind.ShouldBe(MediaKind.Audio);

    [Theory]
    [InlineData(-1)]
    [InlineData(128)]
    [InlineData(96)]
    [InlineData(int.MaxValue)]
    public void Numbers_that_cannot_be_are_passed_over(int number) =>
        PayloadTypes.From([new MediaCodec("VP8", true, number, number)]).Classify(number).Kind.ShouldBeOneOf(MediaKind.Unknown, MediaKind.Probe);

    [Fact]
    public void Unknown_names_and_wrong_kinds_are_passed_over()
    {
        var types = PayloadTypes.From([new("mystery", true, 50, 51), new("opus", true, 52, null), new("VP9", false, 53, null)]);

        new[] { 50, 51, 52, 53 }.ShouldAllBe(number => types.Classify(number).Kind == MediaKind.Unknown);
        types.HasVideo.ShouldBeFalse();
    }

    [Fact]
    public void The_first_of_two_entries_for_a_codec_is_sent_and_both_are_understood()
    {
        var types = PayloadTypes.From([new("H264", true, 101, 102), new("H264", true, 103, 104)]);

        types.Classify(103).ShouldBe(types.Classify(101));
        types.TryFind(types.Classify(103), out var number).ShouldBeTrue();
        number.ShouldBe((byte)101);
    }

    private static int? Translate(PayloadTypes sender, PayloadTypes receiver, int number) =>
        receiver.TryFind(sender.Classify(number), out var translated) ? translated : null;
}
