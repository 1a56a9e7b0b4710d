using VoiceCluster.Media.Forwarding;
using VoiceCluster.Media.Limits;
using VoiceCluster.Media.Relay;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Rtcp;

namespace VoiceCluster.Media.Reports;

/// <summary>Asks the senders of pictures for packets that a viewer lost, on this worker or another. Worker thread only.</summary>
internal sealed class RetransmissionRequester(WorkerContext context, SessionSender sender, VideoSenders senders, RelayRequester relay)
{
    private const int MaximumEntries = 64;
    private const int MaximumRequest = RtcpPacket.HeaderLength + FeedbackSources.Length + (NackEntry.Length * MaximumEntries);

    private static readonly Rate Requests = new(50, TimeSpan.FromSeconds(1));

    private readonly WorkerContext _context = context;
    private readonly SessionSender _sender = sender;
    private readonly VideoSenders _senders = senders;
    private readonly RelayRequester _relay = relay;

    /// <summary>Passes on the request of a viewer of this worker.</summary>
    /// <returns>False if it goes to nobody, or too much was asked for lately.</returns>
    public bool Ask(LiveRoute channel, in GenericNack request)
    {
        if (channel.Current.Relay.Find(request.Sources.Media.Value) is not { } source)
        {
            return AskHere(channel, request);
        }

        if (source.Media is not { Kind: Sessions.MediaKind.Video } || !source.Media.NackLimit.TryTake(Requests, 1, _context.Now))
        {
            return false;
        }

        Span<NackEntry> entries = stackalloc NackEntry[MaximumEntries];
        var count = Math.Min(request.Count, MaximumEntries);
        for (var i = 0; i < count; i++)
        {
            entries[i] = request[i];
        }

        Span<byte> packet = stackalloc byte[MaximumRequest];
        var length = GenericNack.Write(request.Sources, entries[..count], packet);
        _relay.AskAgain(channel.Current, request.Sources.Media, packet[..length]);
        return true;
    }

    /// <summary>Passes a request on to a sender of this worker, in the sender's own numbers.</summary>
    /// <returns>As for the other.</returns>
    public bool AskHere(LiveRoute channel, in GenericNack request)
    {
        if (!_senders.TryFind(channel, request.Sources.Media.Value, out var owner, out var source)
            || !source.NackLimit.TryTake(Requests, 1, _context.Now))
        {
            return false;
        }

        Span<NackEntry> entries = stackalloc NackEntry[MaximumEntries];
        var count = 0;
        for (var i = 0; i < Math.Min(request.Count, MaximumEntries); i++)
        {
            // Receivers know the numbers that they were sent; the sender knows its own.
            if (source.Continuity.TryInvert(request[i].PacketId, out var original))
            {
                entries[count++] = request[i] with { PacketId = original };
            }
        }

        if (count == 0)
        {
            return false;
        }

        Span<byte> packet = stackalloc byte[MaximumRequest];
        var length = GenericNack.Write(request.Sources, entries[..count], packet);
        _sender.SendRtcp(owner, packet[..length]);
        return true;
    }
}
