using VoiceCluster.Media.Tests.Support;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Rtcp;

namespace VoiceCluster.Media.Tests.Relay;

/// <summary>RTCP between clients of different workers.</summary>
public sealed class RelayFeedbackTests : IDisposable
{
    private const byte H264 = 103;
    private readonly RelayBed _bed = new(3);

    public void Dispose() => _bed.Dispose();

    [Fact]
    public void Lost_packets_of_a_picture_are_asked_for_again_in_the_numbers_of_its_sender()
    {
        var (sender, viewer) = Video();
        _bed.PlanWith(epoch: 1, (sender, false, true), (viewer, true, true));
        _bed.PlanWith(epoch: 1, (sender, true, true), (viewer, true, true));
        sender.Sequence = 1000;
        _bed.Send(sender, sender.Media(H264, sender.Ssrc.Video, [2]));
        var received = _bed.Heard(viewer)[^1].Sequence;
        received.ShouldNotBe((ushort)1000);
        Forget();

        _bed.Send(viewer, viewer.SealRtcp(Request(viewer, sender.Ssrc.Video, new NackEntry(received, 0b101))));

        var asked = _bed[0].HeardRtcp(sender).ShouldHaveSingleItem();
        RtcpPacket.Read(asked, out var packet, out _).ShouldBe(RtcpError.None);
        GenericNack.TryParse(packet, out var request).ShouldBeTrue();
        (request.Count, request[0]).ShouldBe((1, new NackEntry(1000, 0b101)));
        request.Sources.Media.ShouldBe(sender.Ssrc.Video);
    }

    [Fact]
    public void Requests_for_lost_packets_cross_fifty_times_a_second_at_most()
    {
        var (sender, viewer) = Video();
        for (var i = 0; i < 80; i++)
        {
            _bed[1].Deliver(viewer, viewer.SealRtcp(Request(viewer, sender.Ssrc.Video, new NackEntry(1, 0))));
        }

        _bed[1].RelaySocket.Sent.Count.ShouldBe(50);
        _bed[1].Dropped(PacketDropReason.Feedback).ShouldBe(30);
    }

    [Fact]
    public void Nobody_is_asked_for_voice_again_nor_who_is_muted()
    {
        var (sender, viewer) = Video();
        _bed.Speak(sender, 1, 1);
        Forget();
        _bed.Send(viewer, viewer.SealRtcp(Request(viewer, sender.Ssrc, new NackEntry(1, 0))));
        _bed[1].Dropped(PacketDropReason.Feedback).ShouldBe(1);

        // The sender's worker knows of a mute before the viewer's does.
        _bed.Obey(_bed.PlansFor(epoch: 1, (sender, false, true), (viewer, true, true))[0]);
        _bed.Send(viewer, viewer.SealRtcp(Request(viewer, sender.Ssrc.Video, new NackEntry(1, 0))));

        _bed[0].Dropped(PacketDropReason.Feedback).ShouldBe(1);
        _bed[0].HeardRtcp(sender).ShouldBeEmpty();
    }

    [Fact]
    public void What_a_sender_reports_reaches_those_on_other_workers_who_take_reports()
    {
        var (sender, viewer) = Video();
        var (second, bot) = (_bed.Join(2, codecs: TestClient.NativeCodecs), _bed.Join(2));
        _bed.Plan(sender, viewer, second, bot);
        _bed.Pass(TimeSpan.FromSeconds(1));
        Forget();

        _bed.Send(sender, sender.SealRtcp(Report(sender.Ssrc.Video)));

        _bed[1].HeardRtcp(viewer).ShouldHaveSingleItem().ShouldBe(Report(sender.Ssrc.Video));
        _bed[2].HeardRtcp(second).ShouldHaveSingleItem().ShouldBe(Report(sender.Ssrc.Video));
        _bed[2].TakeSent(bot.Endpoint).ShouldBeEmpty();
        _bed[0].TakeSent(sender.Endpoint).ShouldBeEmpty();
    }

    [Fact]
    public void A_report_of_one_who_is_muted_here_or_under_an_older_epoch_goes_to_nobody()
    {
        var (sender, viewer) = Video();
        _bed.Obey(_bed.PlansFor(epoch: 1, (sender, false, true), (viewer, true, true))[1]);
        _bed.Send(sender, sender.SealRtcp(Report(sender.Ssrc.Video)));
        _bed[1].Dropped(PacketDropReason.Muted).ShouldBe(1);

        _bed.Obey(_bed.PlansFor(epoch: 2, (sender, true, true), (viewer, true, true))[1]);
        for (var second = 0; second < 3; second++)
        {
            // More at once would look like a standstill of the workers.
            _bed.Pass(TimeSpan.FromSeconds(1));
        }

        _bed.Send(sender, sender.SealRtcp(Report(sender.Ssrc.Video)));

        _bed[1].Dropped(PacketDropReason.StaleEpoch).ShouldBe(1);
        _bed[1].HeardRtcp(viewer).ShouldBeEmpty();
    }

    /// <summary>A sender of a picture on the first worker and a viewer on the second, who has seen it.</summary>
    private (TestClient Sender, TestClient Viewer) Video()
    {
        var (sender, viewer) = (_bed.Join(0, codecs: TestClient.NativeCodecs), _bed.Join(1, codecs: TestClient.NativeCodecs));
        _bed.Plan(sender, viewer);
        _bed.Pass(TimeSpan.FromSeconds(1));
        _bed.Send(sender, sender.Media(H264, sender.Ssrc.Video, [1]));
        _bed.Pass(TimeSpan.FromSeconds(1));
        Forget();
        return (sender, viewer);
    }

    private void Forget()
    {
        for (var worker = 0; worker < 3; worker++)
        {
            _bed[worker].Socket.Sent.Clear();
            _bed[worker].RelaySocket.Sent.Clear();
        }
    }

    private static byte[] Request(TestClient viewer, Ssrc media, NackEntry lost)
    {
        var bytes = new byte[RtcpPacket.HeaderLength + FeedbackSources.Length + NackEntry.Length];
        GenericNack.Write(new FeedbackSources(viewer.Ssrc, media), [lost], bytes);
        return bytes;
    }

    private static byte[] Report(Ssrc ssrc)
    {
        var bytes = new byte[28];
        new SenderReport { SenderSsrc = ssrc, NtpTimestamp = 0x1122334455667788, RtpTimestamp = 960, PacketCount = 1, OctetCount = 2 }.Write([], bytes);
        return bytes;
    }
}
