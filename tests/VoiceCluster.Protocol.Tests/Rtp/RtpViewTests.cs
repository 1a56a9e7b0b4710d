using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Rtp;
using VoiceCluster.TestKit;

namespace VoiceCluster.Protocol.Tests.Rtp;

public sealed class RtpViewTests
{
    [Fact]
    public void TryParse_MediaVectors_GivesTheirPayloadAndExtension()
    {
        using var vectors = Vectors.Load("aead_aes256_gcm_rtpsize");
        foreach (var vector in vectors.RootElement.GetProperty("vectors").EnumerateArray().Where(v => v.TryGetProperty("rtp_header_clear", out _)))
        {
            var name = vector.GetProperty("name").GetString()!;
            byte[] packet = [.. vector.Hex("rtp_header_clear"), .. vector.Hex("plaintext")];

            RtpView.TryParse(packet, out var view, out var error).ShouldBeTrue(name);

            error.ShouldBe(RtpError.None);
            view.Extensions.Elements.ToArray().ShouldBe(vector.Hex("extension_plain"), name);
            byte[] payloadAndPadding = [.. view.Payload, .. packet[^view.PaddingLength..]];
            payloadAndPadding.ShouldBe(vector.Hex("media_payload"), name);
        }
    }

    [Fact]
    public void TryParse_EverythingAtOnce_GivesEachPart()
    {
        var header = new RtpHeader { Padding = true, Extension = true, CsrcCount = 2, Marker = true, PayloadType = 101, SequenceNumber = 7, Ssrc = new Ssrc(9) };
        var packet = RtpPackets.Build(header, [0x10, 0xFF, 0x90, 0x02], [1, 2, 3], padding: 5);

        RtpView.TryParse(packet, out var view, out _).ShouldBeTrue();

        view.Header.ShouldBe(header);
        (view.Marker, view.PayloadType, view.SequenceNumber, view.Timestamp, view.Ssrc).ShouldBe((true, (byte)101, (ushort)7, 0u, new Ssrc(9)));
        view.Csrc(0).ShouldBe(new Ssrc(0xC5000000));
        view.Csrc(1).ShouldBe(new Ssrc(0xC5000001));
        view.Payload.ToArray().ShouldBe([1, 2, 3]);
        view.PaddingLength.ShouldBe(5);
        view.Packet.ToArray().ShouldBe(packet);
        view.Body.ToArray().ShouldBe(packet[12..]);
    }

    [Fact]
    public void TryParse_HeaderOnly_HasAnEmptyPayload()
    {
        RtpView.TryParse(RtpPackets.Build(new RtpHeader(), [], []), out var view, out _).ShouldBeTrue();

        view.Payload.IsEmpty.ShouldBeTrue();
        view.Extensions.Elements.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void TryParse_CutBeforeThePayload_IsTooShort()
    {
        var packet = RtpPackets.Build(new RtpHeader { Extension = true, CsrcCount = 3 }, new byte[8], [1, 2, 3]);
        for (var length = 0; length < packet.Length - 3; length++)
        {
            RtpView.TryParse(packet.AsSpan(0, length), out _, out var error).ShouldBeFalse();
            error.ShouldBe(RtpError.TooShort, $"length {length}");
        }
    }

    [Fact]
    public void TryParse_OtherVersion_IsNamed()
    {
        RtpView.TryParse(new byte[20], out _, out var error).ShouldBeFalse();

        error.ShouldBe(RtpError.UnsupportedVersion);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("02")]
    [InlineData("f8fffe04")]
    [InlineData("f8fffeff")]
    public void TryParse_PaddingCountThatCannotBe_IsNamed(string payload)
    {
        byte[] packet = [0xA0, 0x78, .. new byte[10], .. Convert.FromHexString(payload)];
        var isPossible = payload == "f8fffe04";

        RtpView.TryParse(packet, out _, out var error).ShouldBe(isPossible);

        error.ShouldBe(isPossible ? RtpError.None : RtpError.BadPadding);
    }

    [Fact]
    public void TryParse_ExtensionLengthBeyondPacket_IsTooShort()
    {
        byte[] packet = [0x90, 0x78, .. new byte[10], 0xBE, 0xDE, 0xFF, 0xFF, 1, 2, 3, 4];

        RtpView.TryParse(packet, out _, out var error).ShouldBeFalse();

        error.ShouldBe(RtpError.TooShort);
    }

    [Fact]
    public void Csrc_IndexBeyondCount_Throws()
    {
        var packet = RtpPackets.Build(new RtpHeader { CsrcCount = 1 }, [], []);

        Should.Throw<ArgumentOutOfRangeException>(() => ReadCsrc(packet, 1));
        Should.Throw<ArgumentOutOfRangeException>(() => ReadCsrc(packet, -1));
    }

    [Fact]
    public void TryParse_AnyBuiltPacket_GivesBackItsParts() =>
        Prop.ForAll(RtpPackets.Headers.ToArbitrary(), ArbMap.Default.ArbFor<byte[]>(), (header, payload) =>
        {
            byte[] elements = [0x10, 0x7F, 0, 0];
            var packet = RtpPackets.Build(header, elements, payload);
            return RtpView.TryParse(packet, out var view, out _)
                && view.Header == header
                && view.Payload.SequenceEqual(payload)
                && (!header.Extension || view.Extensions.TryGet(HeaderExtensionId.AudioLevel, out var level) && level[0] == 0x7F);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void TryParse_AnyBytes_NeverThrowsAndStaysInside() =>
        Prop.ForAll<byte[]>(noise =>
        {
            byte[] packet = [0xB3, .. noise];
            return !RtpView.TryParse(packet, out var view, out var error)
                ? error != RtpError.None
                : view.Body.Length + 12 == packet.Length && view.Payload.Length + view.PaddingLength <= packet.Length && CountExtensions(view) >= 0;
        }).QuickCheckThrowOnFailure();

    private static int CountExtensions(RtpView view)
    {
        var count = 0;
        foreach (var _ in view.Extensions)
        {
            count++;
        }

        return count;
    }

    private static Ssrc ReadCsrc(byte[] packet, int index)
    {
        RtpView.TryParse(packet, out var view, out _).ShouldBeTrue();
        return view.Csrc(index);
    }
}
