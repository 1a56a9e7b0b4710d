using VoiceCluster.Media.Forwarding;
using VoiceCluster.Media.Limits;
using VoiceCluster.Media.Sessions;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Relay;

namespace VoiceCluster.Media.Relay;

/// <summary>Asks other workers for key frames of what they send. Worker thread only.</summary>
internal sealed class RelayRequester(WorkerContext context, RelaySender sender)
{
    private static readonly Rate Requests = new(2, TimeSpan.FromMilliseconds(500));

    private readonly WorkerContext _context = context;
    private readonly RelaySender _sender = sender;

    /// <summary>A viewer lost a picture that comes from another worker.</summary>
    /// <returns>False if it comes from none, or was asked for just now.</returns>
    public bool Ask(ChannelRoute route, Ssrc media)
    {
        var block = media.Value & ~(uint)(Ssrc.BlockSize - 1);
        if (!route.Relay.Sources.TryGetValue(block, out var member)
            || member.Session.Find(media.Value) is not { Media: { Kind: MediaKind.Video } source }
            || !source.KeyFrameLimit.TryTake(Requests, 1, _context.Now))
        {
            return false;
        }

        Send(member.Session.Link, route, media.Value);
        return true;
    }

    /// <summary>A viewer begins to watch: every picture of the channel has to begin anew.</summary>
    public void AskForAll(ChannelRoute route)
    {
        foreach (var link in route.Relay.Peers)
        {
            Send(link, route, source: 0);
        }
    }

    private void Send(RelayLink link, ChannelRoute route, uint source) => _sender.Send(
        link,
        new RelayHeader { Type = RelayPacketType.KeyFrameRequest, Channel = route.Relay.Channel, Epoch = route.Relay.Epoch, Source = source },
        []);
}
