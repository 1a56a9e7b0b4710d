using System.Buffers.Binary;
using VoiceCluster.Media.Forwarding;
using VoiceCluster.Media.Limits;
using VoiceCluster.Media.Relay;
using VoiceCluster.Media.Sessions;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Rtcp;
using VoiceCluster.Udp;

namespace VoiceCluster.Media.Reports;

/// <summary>Reads clients' RTCP: notes and relays sender reports, and relays requests about video to its sender.</summary>
/// <remarks>
/// RTCP carries no number that a replay window could judge. So nothing here moves an address, and whatever it causes may be caused twice
/// and is limited in rate.
/// </remarks>
internal sealed class RtcpHandler(
    WorkerContext context,
    PacketAdmission admission,
    SenderReportForwarder reports,
    KeyFrameRequester keyFrames,
    RetransmissionRequester retransmissions,
    RelayRequester relay)
{
    private const int SourceOffset = 4;

    private static readonly Rate SenderReports = new(2, TimeSpan.FromSeconds(2));

    private readonly WorkerContext _context = context;
    private readonly PacketAdmission _admission = admission;
    private readonly SenderReportForwarder _reports = reports;
    private readonly KeyFrameRequester _keyFrames = keyFrames;
    private readonly RetransmissionRequester _retransmissions = retransmissions;
    private readonly RelayRequester _relay = relay;

    /// <summary>Handles one datagram of at least 8 bytes, which is overwritten.</summary>
    public PacketDropReason Handle(Span<byte> datagram, Ipv4Endpoint from)
    {
        var reason = Admit(datagram, from, out var admission);
        if (reason != PacketDropReason.None)
        {
            return reason;
        }

        reason = _admission.Open(ref admission, datagram, isRtcp: true, from, out var plainLength);
        if (reason != PacketDropReason.None)
        {
            return reason;
        }

        // Its nonce is one of the counter that the session's media uses too; the address stays where it is.
        if (!admission.Transport.TryObserveNonce(datagram, out _))
        {
            return PacketDropReason.Duplicate;
        }

        foreach (var packet in new RtcpCompound(datagram[..plainLength]))
        {
            if (!TryHandle(admission, packet))
            {
                _context.Drop(PacketDropReason.Feedback);
            }
        }

        return PacketDropReason.None;
    }

    private PacketDropReason Admit(ReadOnlySpan<byte> datagram, Ipv4Endpoint from, out Admission admission)
    {
        var reason = _admission.Find(BinaryPrimitives.ReadUInt32BigEndian(datagram[SourceOffset..]), from, out admission);
        if (reason == PacketDropReason.None && !admission.Member.IsPlanned)
        {
            reason = PacketDropReason.NotPlanned;
        }

        return reason == PacketDropReason.None ? _admission.TakeRate(admission, from) : reason;
    }

    // Types that mean nothing to a server that forwards pass in silence.
    private bool TryHandle(in Admission admission, in RtcpPacket packet) => packet.Type switch
    {
        RtcpPacketType.SenderReport => TryRelayReport(admission, packet),
        RtcpPacketType.TransportFeedback when packet.Count == RtcpFeedbackFormat.GenericNack => TryRelayNack(admission, packet),
        RtcpPacketType.PayloadFeedback when packet.Count == RtcpFeedbackFormat.PictureLossIndication => TryRelayPictureLoss(admission, packet),
        RtcpPacketType.PayloadFeedback when packet.Count == RtcpFeedbackFormat.FullIntraRequest => TryRelayIntraRequests(admission, packet),
        _ => true,
    };

    private bool TryRelayReport(in Admission admission, in RtcpPacket packet)
    {
        if (!SenderReport.TryParse(packet, out var report) || FindOwn(admission.Session, report.SenderSsrc) is not { } source)
        {
            return false;
        }

        source.Reception.OnSenderReport(report.NtpTimestamp, _context.Now);
        if (!admission.Member.Sends || !source.ReportLimit.TryTake(SenderReports, 1, _context.Now))
        {
            return false;
        }

        _reports.Forward(report, admission.Route, admission.Session);
        _relay.Report(admission.Route, report);
        return true;
    }

    private bool TryRelayPictureLoss(in Admission admission, in RtcpPacket packet) =>
        PictureLossIndication.TryParse(packet, out var indication)
        && TryAskKeyFrame(admission, indication.Sources.Media);

    // To a sender both requests mean the same, and picture loss needs no numbering of our own.
    private bool TryRelayIntraRequests(in Admission admission, in RtcpPacket packet)
    {
        if (!FullIntraRequest.TryParse(packet, out var request))
        {
            return false;
        }

        var isRelayed = true;
        for (var i = 0; i < Math.Min(request.Count, Ssrc.BlockSize); i++)
        {
            isRelayed &= TryAskKeyFrame(admission, request[i].Ssrc);
        }

        return isRelayed;
    }

    private bool TryAskKeyFrame(in Admission admission, Ssrc media) =>
        _keyFrames.Ask(admission.Session.Route, media.Value) || _relay.Ask(admission.Route, media);

    private bool TryRelayNack(in Admission admission, in RtcpPacket packet) =>
        GenericNack.TryParse(packet, out var request) && _retransmissions.Ask(admission.Session.Route, request);

    private static MediaSource? FindOwn(MediaSession session, Ssrc ssrc)
    {
        var block = session.Sources;
        return block.First.BlockContains(ssrc) ? block.Find(ssrc.Value) : null;
    }
}
