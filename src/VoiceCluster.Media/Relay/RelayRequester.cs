using VoiceCluster.Media.Forwarding;
using VoiceCluster.Media.Limits;
using VoiceCluster.Media.Reports;
using VoiceCluster.Media.Sessions;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Relay;
using VoiceCluster.Protocol.Rtcp;

namespace VoiceCluster.Media.Relay;

/// <summary>Says to other workers what RTCP says to clients: that a viewer needs a key frame or lost packets, and what a sender reports. Worker thread only.</summary>
internal sealed class RelayRequester(WorkerContext context, RelaySender sender)
{
    private static readonly Rate Requests = new(2, TimeSpan.FromMilliseconds(500));

    private readonly WorkerContext _context = context;
    private readonly RelaySender _sender = sender;

    /// <summary>A viewer lost a picture that comes from another worker.</summary>
    /// <returns>False if it comes from none, or was asked for just now.</returns>
    public bool Ask(ChannelRoute route, Ssrc media)
    {
        if (route.Relay.Find(media.Value) is not { Media: { Kind: MediaKind.Video } source }
            || !source.KeyFrameLimit.TryTake(Requests, 1, _context.Now))
        {
            return false;
        }

        Send(route, media, RelayPacketType.KeyFrameRequest, []);
        return true;
    }

    /// <summary>A viewer begins to watch: every picture of the channel has to begin anew.</summary>
    public void AskForAll(ChannelRoute route)
    {
        foreach (var link in route.Relay.Peers)
        {
            Send(link, route, RelayPacketType.KeyFrameRequest, default, []);
        }
    }

    /// <summary>A viewer lost packets of a picture that comes from another worker.</summary>
    /// <param name="route">The channel.</param>
    /// <param name="media">The stream; nothing happens if it comes from none.</param>
    /// <param name="packet">The request, in the numbers that viewers see.</param>
    public void AskAgain(ChannelRoute route, Ssrc media, ReadOnlySpan<byte> packet) => Send(route, media, RelayPacketType.Rtcp, packet);

    /// <summary>A sender of this worker reports on a stream: every worker with a listener is told.</summary>
    public void Report(ChannelRoute route, in SenderReport report)
    {
        if (route.Relay.Listeners.Length == 0)
        {
            return;
        }

        Span<byte> packet = stackalloc byte[SenderReportForwarder.Length];
        report.Write([], packet);
        foreach (var link in route.Relay.Listeners)
        {
            Send(link, route, RelayPacketType.Rtcp, report.SenderSsrc, packet);
        }
    }

    private void Send(ChannelRoute route, Ssrc media, RelayPacketType type, ReadOnlySpan<byte> body)
    {
        if (route.Relay.TryFindMember(media.Value, out var member))
        {
            Send(member.Session.Link, route, type, media, body);
        }
    }

    private void Send(RelayLink link, ChannelRoute route, RelayPacketType type, Ssrc media, ReadOnlySpan<byte> body) => _sender.Send(
        link,
        new RelayHeader { Type = type, Channel = route.Relay.Channel, Epoch = route.Relay.Epoch, Source = media.Value },
        body);
}
