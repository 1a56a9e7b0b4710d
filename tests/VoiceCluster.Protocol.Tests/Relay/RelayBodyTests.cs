using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Protocol.Relay;

namespace VoiceCluster.Protocol.Tests.Relay;

public sealed class RelayBodyTests
{
    [Fact]
    public void A_report_has_every_number_in_its_place()
    {
        var bytes = new byte[RelayReport.Length];
        var report = new RelayReport(Expected: 0x21, Received: 0x12, SentAt: 0x3132333435363738, Echo: 0x4142434445464748, EchoAge: 5);
        report.Write(bytes);

        Convert.ToHexString(bytes).ShouldBe("0000000000000021" + "0000000000000012" + "3132333435363738" + "4142434445464748" + "0000000000000005");
        RelayReport.TryParse(bytes, out var parsed).ShouldBeTrue();
        parsed.ShouldBe(report);
    }

    [Theory]
    [InlineData(1, 2, 0)]
    [InlineData(2, -1, 0)]
    [InlineData(2, 1, -1)]
    public void A_report_that_makes_no_sense_is_refused(long expected, long received, long age)
    {
        var bytes = new byte[RelayReport.Length];
        new RelayReport(expected, received, 1, 1, age).Write(bytes);
        RelayReport.TryParse(bytes, out _).ShouldBeFalse();
        RelayReport.TryParse(bytes.AsSpan(1), out _).ShouldBeFalse();
    }

    [Fact]
    public void A_previous_frame_has_every_field_in_its_place()
    {
        var bytes = new byte[PreviousFrame.Length + 2];
        var frame = new PreviousFrame(BodyLength: 2, RelayFlags.Marker | RelayFlags.Extension, Kind: 1, Codec: 4, Sequence: 0x61626364, Timestamp: 0x71727374);
        frame.Write(bytes);

        Convert.ToHexString(bytes).ShouldBe("0002" + "05" + "14" + "61626364" + "71727374" + "0000");
        PreviousFrame.TryParse(bytes, out var parsed).ShouldBeTrue();
        parsed.ShouldBe(frame);
        PreviousFrame.TryParse(bytes.AsSpan(0, bytes.Length - 1), out _).ShouldBeFalse();
    }

    [Fact]
    public void A_previous_frame_read_from_any_bytes_keeps_to_their_bounds()
    {
        var bodies = Gen.Choose(0, 80).SelectMany(length => Gen.ArrayOf(Gen.Choose(0, 255).Select(value => (byte)value), length));
        Prop.ForAll(bodies.ToArbitrary(), body =>
            !PreviousFrame.TryParse(body, out var frame) || (frame.BodyLength + PreviousFrame.Length <= body.Length && !frame.Flags.HasFlag(RelayFlags.Previous)))
            .QuickCheckThrowOnFailure();
    }
}
