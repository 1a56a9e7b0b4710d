using VoiceCluster.Media.Reports;
using VoiceCluster.Media.Tests.Support;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Rtcp;

namespace VoiceCluster.Media.Tests.Reports;

public sealed class RtcpTests : IDisposable
{
    private const byte H264 = 103;
    private readonly MediaBed _bed = new();

    public void Dispose() => _bed.Dispose();

    [Fact]
    public void Senders_with_a_codec_list_get_a_report_every_five_seconds()
    {
        var (sender, bot) = (_bed.Join(codecs: TestClient.NativeCodecs), _bed.Join());
        _bed.Plan(sender, bot);
        for (var i = 0; i < 500; i++)
        {
            if (i % 4 == 3)
            {
                sender.Voice(0);
                _bed.Now += TimeSpan.FromMilliseconds(20);
                _bed.Run();
                continue;
            }

            _bed.Speak(sender);
            _bed.Speak(bot, i % 10 == 0 ? 1 : 0);
        }

        var reports = OpenReports(sender, _bed.TakeSent(sender.Endpoint));
        reports.Count.ShouldBeInRange(1, 2);
        var block = ReadReport(reports[0]);
        block.Ssrc.ShouldBe(sender.Ssrc);
        block.FractionLost.ShouldBeInRange((byte)60, (byte)68);
        block.CumulativeLost.ShouldBeInRange(55, 68);
        block.InterarrivalJitter.ShouldBeLessThan(960u);
        OpenReports(bot, _bed.TakeSent(bot.Endpoint)).ShouldBeEmpty();
    }

    [Fact]
    public void A_report_names_the_senders_own_last_report()
    {
        var sender = _bed.Join(codecs: TestClient.NativeCodecs);
        _bed.Plan(sender);
        _bed.Speak(sender);
        _bed.Deliver(sender, sender.SealRtcp(NewSenderReport(sender.Ssrc)));
        _bed.Speak(sender);
        _bed.Pass(TimeSpan.FromSeconds(6));

        var block = ReadReport(OpenReports(sender, _bed.TakeSent(sender.Endpoint)).ShouldHaveSingleItem());
        block.LastSenderReport.ShouldBe(0x33445566u);
        block.DelaySinceLastSenderReport.ShouldBeInRange(4u * 65_536, 6u * 65_536);
    }

    [Fact]
    public void Who_is_silent_gets_no_report()
    {
        var sender = _bed.Join(codecs: TestClient.NativeCodecs);
        _bed.Plan(sender);
        _bed.Speak(sender);
        _bed.Pass(TimeSpan.FromSeconds(6));
        _bed.TakeSent(sender.Endpoint).Count.ShouldBe(1);

        _bed.Pass(TimeSpan.FromSeconds(30));
        _bed.TakeSent(sender.Endpoint).ShouldBeEmpty();
    }

    [Fact]
    public void In_the_oldest_mode_no_rtcp_is_sent()
    {
        var sender = _bed.Join(TransportEncryptionMode.XSalsa20Poly1305, TestClient.NativeCodecs);
        _bed.Plan(sender);
        _bed.Speak(sender, 10);
        _bed.Pass(TimeSpan.FromSeconds(11));

        _bed.Socket.Sent.ShouldBeEmpty();
    }

    [Fact]
    public void Sender_reports_go_to_receivers_with_a_codec_list_without_their_blocks()
    {
        var (sender, native, bot) = (_bed.Join(codecs: TestClient.NativeCodecs), _bed.Join(codecs: TestClient.NativeCodecs), _bed.Join());
        _bed.Plan(sender, native, bot);
        _bed.Speak(sender);
        _bed.Socket.Sent.Clear();

        _bed.Deliver(sender, sender.SealRtcp(NewSenderReport(sender.Ssrc)));

        var relayed = _bed.HeardRtcp(native).ShouldHaveSingleItem();
        relayed.ShouldBe(NewSenderReport(sender.Ssrc));
        _bed.TakeSent(bot.Endpoint).ShouldBeEmpty();
        _bed.TakeSent(sender.Endpoint).ShouldBeEmpty();
    }

    [Fact]
    public void A_report_about_somebody_elses_source_is_not_relayed()
    {
        var (sender, native) = (_bed.Join(codecs: TestClient.NativeCodecs), _bed.Join(codecs: TestClient.NativeCodecs));
        _bed.Plan(sender, native);
        _bed.Speak(sender);
        _bed.Speak(native);
        _bed.Socket.Sent.Clear();
        var report = NewSenderReport(native.Ssrc);
        byte[] compound = [0x80, 201, 0, 1, .. Bytes(sender.Ssrc), .. report];

        _bed.Deliver(sender, sender.SealRtcp(compound));

        _bed.Socket.Sent.ShouldBeEmpty();
        _bed.Dropped(PacketDropReason.Feedback).ShouldBe(1);
    }

    [Fact]
    public void Picture_loss_reaches_the_video_sender_twice_a_second_at_most_and_none_is_lost()
    {
        var (sender, viewer) = Video();
        for (var i = 0; i < 10; i++)
        {
            _bed.Deliver(viewer, viewer.SealRtcp(PictureLoss(viewer.Ssrc, sender.Ssrc.Video)));
        }

        _bed.HeardRtcp(sender).ShouldHaveSingleItem().ShouldBe(PictureLoss(ReceiverReporter.ServerSource, sender.Ssrc.Video));
        _bed.Pass(TimeSpan.FromSeconds(1));
        _bed.HeardRtcp(sender).ShouldHaveSingleItem().ShouldBe(PictureLoss(ReceiverReporter.ServerSource, sender.Ssrc.Video));
        _bed.Pass(TimeSpan.FromSeconds(3));
        _bed.HeardRtcp(sender).ShouldBeEmpty();
    }

    [Fact]
    public void A_full_intra_request_reaches_the_video_sender_as_picture_loss()
    {
        var (sender, viewer) = Video();
        byte[] request = [0x84, 206, 0, 4, .. Bytes(viewer.Ssrc), 0, 0, 0, 0, .. Bytes(sender.Ssrc.Video), 7, 0, 0, 0];

        _bed.Deliver(viewer, viewer.SealRtcp(request));

        _bed.HeardRtcp(sender).ShouldHaveSingleItem().ShouldBe(PictureLoss(ReceiverReporter.ServerSource, sender.Ssrc.Video));
    }

    [Fact]
    public void Who_begins_to_watch_gets_a_key_frame()
    {
        var (sender, viewer) = Video();
        var newcomer = _bed.Join(codecs: TestClient.NativeCodecs);
        _bed.Run();
        _bed.HeardRtcp(sender).ShouldBeEmpty();

        _bed.Plan(sender, viewer, newcomer);
        _bed.Run();
        _bed.HeardRtcp(sender).ShouldHaveSingleItem().ShouldBe(PictureLoss(ReceiverReporter.ServerSource, sender.Ssrc.Video));

        _bed.Plan(sender, viewer, newcomer);
        _bed.Pass(TimeSpan.FromSeconds(2));
        _bed.HeardRtcp(sender).ShouldBeEmpty();

        _bed.Sessions.SetWants(_bed.Session(newcomer), wants: null);
        _bed.Run();
        _bed.HeardRtcp(sender).Count.ShouldBe(1);
    }

    [Fact]
    public void Bots_that_join_cost_no_key_frame()
    {
        var (sender, viewer) = Video();
        var bot = _bed.Join();
        _bed.Plan(sender, viewer, bot);
        _bed.Pass(TimeSpan.FromSeconds(1));

        _bed.HeardRtcp(sender).ShouldBeEmpty();
    }

    [Fact]
    public void A_request_that_waits_is_forgotten_with_its_sender()
    {
        var (sender, viewer) = Video();
        _bed.Deliver(viewer, viewer.SealRtcp(PictureLoss(viewer.Ssrc, sender.Ssrc.Video)));
        _bed.Deliver(viewer, viewer.SealRtcp(PictureLoss(viewer.Ssrc, sender.Ssrc.Video)));
        _bed.Socket.Sent.Clear();

        _bed.Sessions.Close(_bed.Session(sender), _bed.Now);
        _bed.Pass(TimeSpan.FromSeconds(2));

        _bed.Socket.Sent.ShouldBeEmpty();
    }

    [Fact]
    public void After_a_restart_key_frames_are_asked_for_as_before()
    {
        var (sender, viewer) = Video();
        _bed.Deliver(viewer, viewer.SealRtcp(PictureLoss(viewer.Ssrc, sender.Ssrc.Video)));
        _bed.Deliver(viewer, viewer.SealRtcp(PictureLoss(viewer.Ssrc, sender.Ssrc.Video)));
        _bed.HeardRtcp(sender).Count.ShouldBe(1);

        _bed.Restart();
        _bed.Pass(TimeSpan.FromSeconds(1));
        _bed.Deliver(viewer, viewer.SealRtcp(PictureLoss(viewer.Ssrc, sender.Ssrc.Video)));

        _bed.HeardRtcp(sender).Count.ShouldBe(1);
    }

    [Fact]
    public void Requests_for_lost_packets_name_the_senders_numbers()
    {
        var (sender, viewer) = Video();
        Mute(sender, viewer);
        sender.Sequence = 1000;
        _bed.Deliver(sender, sender.Media(H264, sender.Ssrc.Video, [1]));
        var received = _bed.Heard(viewer)[^1].Sequence;
        var request = new byte[64];
        var length = GenericNack.Write(new FeedbackSources(viewer.Ssrc, sender.Ssrc.Video), [new NackEntry(received, 0)], request);

        _bed.Deliver(viewer, viewer.SealRtcp(request[..length]));

        var relayed = _bed.HeardRtcp(sender).ShouldHaveSingleItem();
        RtcpPacket.Read(relayed, out var packet, out _);
        GenericNack.TryParse(packet, out var nack).ShouldBeTrue();
        nack[0].PacketId.ShouldBe((ushort)1000);
        received.ShouldNotBe((ushort)1000);
    }

    [Fact]
    public void Requests_for_voice_for_strangers_and_for_bots_go_nowhere()
    {
        var (sender, viewer) = Video();
        var bot = _bed.Join();
        var elsewhere = _bed.Join(codecs: TestClient.NativeCodecs, channel: MediaBed.Room with { ChannelId = new Snowflake(77) });
        _bed.Plan(sender, viewer, bot);
        _bed.Speak(bot);
        _bed.Speak(sender);
        _bed.Socket.Sent.Clear();
        foreach (var media in new[] { bot.Ssrc, elsewhere.Ssrc.Video, sender.Ssrc, new Ssrc(5), sender.Ssrc.Retransmission })
        {
            _bed.Deliver(viewer, viewer.SealRtcp(PictureLoss(viewer.Ssrc, media)));
        }

        _bed.Socket.Sent.ShouldBeEmpty();
        _bed.Dropped(PacketDropReason.Feedback).ShouldBe(5);
    }

    [Fact]
    public void Forged_rtcp_does_nothing()
    {
        var (sender, viewer) = Video();
        var packet = viewer.SealRtcp(PictureLoss(viewer.Ssrc, sender.Ssrc.Video));
        packet[10] ^= 1;

        _bed.Deliver(viewer, packet);

        _bed.Socket.Sent.ShouldBeEmpty();
        _bed.Dropped(PacketDropReason.NotAuthentic).ShouldBe(1);
    }

    [Fact]
    public void Jitter_and_loss_are_reckoned_as_the_specification_does()
    {
        var statistics = default(ReceptionStatistics);
        for (var i = 0; i < 100; i++)
        {
            if (i % 10 != 9)
            {
                var late = i % 2 == 0 ? 0 : 10;
                statistics.OnPacket(i, (uint)i * 960, isRestart: false, Media.Sessions.MediaKind.Audio, TimeSpan.FromMilliseconds((20 * i) + late).Ticks);
            }
        }

        var block = statistics.TakeReport(new Ssrc(1), 0);
        block.ExtendedHighestSequenceNumber.ShouldBe(98u);
        block.CumulativeLost.ShouldBe(9);
        block.FractionLost.ShouldBe((byte)(9 * 256 / 99));
        block.InterarrivalJitter.ShouldBeInRange(380u, 480u);
        statistics.HasNews.ShouldBeFalse();
    }

    private (TestClient Sender, TestClient Viewer) Video()
    {
        var (sender, viewer) = (_bed.Join(codecs: TestClient.NativeCodecs), _bed.Join(codecs: TestClient.NativeCodecs));
        _bed.PlanSender(sender, sends: true, viewer);
        _bed.Deliver(sender, sender.Media(H264, sender.Ssrc.Video, [1]));
        _bed.Pass(TimeSpan.FromMilliseconds(600));
        _bed.Socket.Sent.Clear();
        return (sender, viewer);
    }

    private void Mute(TestClient sender, TestClient viewer)
    {
        _bed.PlanSender(sender, sends: false, viewer);
        _bed.PlanSender(sender, sends: true, viewer);
    }

    private static List<byte[]> OpenReports(TestClient client, List<byte[]> sent) =>
        [.. sent.Where(datagram => datagram[1] is >= 192 and <= 223).Select(datagram => client.OpenRtcp(datagram).ShouldNotBeNull())];

    private static ReportBlock ReadReport(byte[] plain)
    {
        RtcpPacket.Read(plain, out var packet, out _).ShouldBe(RtcpError.None);
        ReceiverReport.TryParse(packet, out var report).ShouldBeTrue();
        report.SenderSsrc.ShouldBe(ReceiverReporter.ServerSource);
        return report.ReportBlocks[0];
    }

    private static byte[] NewSenderReport(Ssrc ssrc)
    {
        var bytes = new byte[28];
        new SenderReport { SenderSsrc = ssrc, NtpTimestamp = 0x1122334455667788, RtpTimestamp = 960, PacketCount = 1, OctetCount = 2 }.Write([], bytes);
        return bytes;
    }

    private static byte[] PictureLoss(Ssrc asking, Ssrc media)
    {
        var bytes = new byte[PictureLossIndication.Length];
        new PictureLossIndication(new FeedbackSources(asking, media)).Write(bytes);
        return bytes;
    }

    private static byte[] Bytes(Ssrc ssrc) =>
        [(byte)(ssrc.Value >> 24), (byte)(ssrc.Value >> 16), (byte)(ssrc.Value >> 8), (byte)ssrc.Value];
}
