using System.Text;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Lvsp.Client;

namespace VoiceCluster.Protocol.Tests.Lvsp;

public sealed class LvspGoldenTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static TheoryData<int> Requests() => [.. Enumerable.Range(0, LvspGolden.Requests.Length)];

    public static TheoryData<int> Notices() => [.. Enumerable.Range(0, LvspGolden.Notices.Length)];

    [Theory]
    [MemberData(nameof(Requests))]
    public void A_backends_request_is_read_as_what_it_asks_for(int index)
    {
        var (json, request) = LvspGolden.Requests[index];
        LvspRig.Live().Request(json).ShouldBe(request);
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public void A_backends_request_is_written_byte_for_byte(int index)
    {
        var (json, request) = LvspGolden.Requests[index];
        Encoding.UTF8.GetString(LvspClientMessages.Request(request)).ShouldBe(json);
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public void A_request_in_the_latest_documents_numbering_asks_for_the_same(int index)
    {
        var (_, request) = LvspGolden.Requests[index];
        if (request is VoiceStateUpdate { Form: LvspForm.Litecord } or VoiceStateDestroy { Form: LvspForm.Litecord })
        {
            LvspClientMessages.Request(request, LvspNumbering.LatestDocument).ShouldNotBe(LvspClientMessages.Request(request));
        }

        LvspRig.Live().Request(Encoding.UTF8.GetString(LvspClientMessages.Request(request, LvspNumbering.LatestDocument))).ShouldBe(request);
    }

    [Theory]
    [MemberData(nameof(Notices))]
    public void A_notice_is_written_byte_for_byte(int index)
    {
        var (json, form, notice) = LvspGolden.Notices[index];
        new LvspOutbox().TryAppend(notice, form, litecordCompatibility: false, Start, out var numbered).ShouldBeTrue();
        LvspRig.Utf8(numbered.Frame).ShouldBe(json);
    }

    [Theory]
    [MemberData(nameof(Notices))]
    public void A_notice_is_read_back_by_a_backend(int index)
    {
        var (json, form, notice) = LvspGolden.Notices[index];
        LvspServerMessageReader.TryRead(Encoding.UTF8.GetBytes(json), out var message).ShouldBeTrue();
        message.ShouldBe(new LvspServerMessage.Info(1, form, notice));
    }

    [Theory]
    [MemberData(nameof(Notices))]
    public void A_notice_never_mixes_the_forms(int index)
    {
        var (_, _, notice) = LvspGolden.Notices[index];
        Write(notice, LvspForm.Litecord)?.ShouldNotContain("\"info\"");
        Write(notice, LvspForm.Document)?.ShouldNotContain("\"data\"");
    }

    [Theory]
    [MemberData(nameof(Notices))]
    public void A_notice_in_Litecord_form_is_one_that_Litecord_survives(int index)
    {
        var (_, _, notice) = LvspGolden.Notices[index];
        if (Write(notice, LvspForm.Litecord) is not { } json)
        {
            notice.ShouldBeOfType<ChannelBitrateInForce>();
            return;
        }

        using var document = System.Text.Json.JsonDocument.Parse(json);
        var d = document.RootElement.GetProperty("d");
        d.GetProperty("type").GetInt32().ShouldBeInRange(0, 6);
        d.GetProperty("data").TryGetProperty("guild_id", out _).ShouldBeTrue();
        d.GetProperty("data").TryGetProperty("channel_id", out _).ShouldBeTrue();
    }

    [Theory]
    [MemberData(nameof(Notices))]
    public void A_notice_and_its_outputs_print_no_credential(int index)
    {
        var (_, _, notice) = LvspGolden.Notices[index];
        var printed = notice.ToString();
        printed.ShouldContain("ChannelId");
        printed.ShouldNotContain("9x");
        printed.ShouldNotContain("Zr");
        printed.ShouldNotContain("Qh");
    }

    [Fact]
    public void Control_messages_are_written_byte_for_byte()
    {
        byte[][] written =
        [
            LvspClientMessages.Identify(LvspRig.Token),
            LvspClientMessages.Resume(LvspRig.Token, 15, null),
            LvspClientMessages.Resume(LvspRig.Token, 15, "b41f"),
            LvspClientMessages.Heartbeat(17),
        ];
        written.Select(Encoding.UTF8.GetString).ShouldBe(LvspGolden.Control);
    }

    [Fact]
    public void A_frame_cut_short_anywhere_is_not_decodable_and_never_throws()
    {
        foreach (var json in LvspGolden.FromBackend)
        {
            var frame = Encoding.UTF8.GetBytes(json);
            for (var length = 0; length < frame.Length; length++)
            {
                LvspFrameReader.TryRead(frame.AsSpan(0, length), out _, out var error).ShouldBeFalse(json);
                error.ShouldBe(LvspDecodeError.NotJson);
            }

            LvspFrameReader.TryRead(frame, out _, out var none).ShouldBeTrue(json);
            none.ShouldBe(LvspDecodeError.None);
        }
    }

    [Fact]
    public void A_servers_frame_cut_short_anywhere_is_refused_and_never_throws()
    {
        byte[][] frames =
        [
            LvspServerFrames.Hello(30_000, LvspRig.Nonce),
            LvspServerFrames.Ready(LvspHealth.Best, LvspRig.SessionId, resumed: true),
            LvspServerFrames.HeartbeatAck(1, 2, LvspHealth.Worst),
            .. LvspGolden.Notices.Select(golden => Encoding.UTF8.GetBytes(golden.Json)),
        ];
        foreach (var frame in frames)
        {
            for (var length = 0; length < frame.Length; length++)
            {
                LvspServerMessageReader.TryRead(frame.AsSpan(0, length), out _).ShouldBeFalse();
            }

            LvspServerMessageReader.TryRead(frame, out _).ShouldBeTrue();
        }
    }

    private static string? Write(LvspNotice notice, LvspForm form) =>
        new LvspOutbox().TryAppend(notice, form, litecordCompatibility: false, Start, out var numbered) ? LvspRig.Utf8(numbered.Frame) : null;
}
