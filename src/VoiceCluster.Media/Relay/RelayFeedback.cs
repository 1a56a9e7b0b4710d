using VoiceCluster.Media.Forwarding;
using VoiceCluster.Media.Reports;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Relay;
using VoiceCluster.Protocol.Rtcp;

namespace VoiceCluster.Media.Relay;

/// <summary>Takes RTCP that another worker passes on: to its sender here, or to the receivers here. Worker thread only.</summary>
internal sealed class RelayFeedback(SenderReportForwarder reports, RetransmissionRequester retransmissions)
{
    private readonly SenderReportForwarder _reports = reports;
    private readonly RetransmissionRequester _retransmissions = retransmissions;

    /// <summary>Handles one packet of a worker that serves the channel too.</summary>
    /// <returns>Why it went to nobody.</returns>
    public PacketDropReason Accept(RelayLink link, in RelayHeader header, ReadOnlySpan<byte> body, LiveRoute channel)
    {
        if (RtcpPacket.Read(body, out var packet, out _) != RtcpError.None)
        {
            return PacketDropReason.Malformed;
        }

        // A worker of a newer release may pass on more than this one knows.
        return packet.Type switch
        {
            RtcpPacketType.SenderReport => AcceptReport(link, header, packet, channel.Current),
            RtcpPacketType.TransportFeedback => AcceptRequest(header, packet, channel),
            _ => PacketDropReason.Feedback,
        };
    }

    private PacketDropReason AcceptReport(RelayLink link, in RelayHeader header, in RtcpPacket packet, ChannelRoute route)
    {
        if (!SenderReport.TryParse(packet, out var report) || report.SenderSsrc.Value != header.Source)
        {
            return PacketDropReason.Malformed;
        }

        if (header.Epoch < route.Relay.Epoch)
        {
            return PacketDropReason.StaleEpoch;
        }

        if (!route.Relay.TryFindMember(header.Source, out var member) || member.Session.Link != link)
        {
            return PacketDropReason.UnknownSource;
        }

        if (!member.Sends)
        {
            return PacketDropReason.Muted;
        }

        _reports.Forward(report, route, from: null);
        return PacketDropReason.None;
    }

    private PacketDropReason AcceptRequest(in RelayHeader header, in RtcpPacket packet, LiveRoute channel)
    {
        if (!GenericNack.TryParse(packet, out var request) || request.Sources.Media.Value != header.Source)
        {
            return PacketDropReason.Malformed;
        }

        return _retransmissions.AskHere(channel, request) ? PacketDropReason.None : PacketDropReason.Feedback;
    }
}
