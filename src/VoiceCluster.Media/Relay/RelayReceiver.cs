using System.Buffers.Binary;
using VoiceCluster.Media.Forwarding;
using VoiceCluster.Media.Reports;
using VoiceCluster.Media.Sessions;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Relay;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Media.Relay;

/// <summary>Takes a packet of another worker through its checks and hands it to the listeners here, and to nobody else.</summary>
/// <param name="context">The worker's.</param>
/// <param name="inbox">Where links and channels are looked up.</param>
/// <param name="fanOut">Sends to this worker's sessions only.</param>
/// <param name="keyFrames">Asks this worker's senders for key frames.</param>
/// <param name="feedback">Takes RTCP.</param>
internal sealed class RelayReceiver(WorkerContext context, WorkerInbox inbox, FanOut fanOut, KeyFrameRequester keyFrames, RelayFeedback feedback)
{
    private const int ExtensionPreamble = 4;

    private readonly WorkerContext _context = context;
    private readonly WorkerInbox _inbox = inbox;
    private readonly FanOut _fanOut = fanOut;
    private readonly KeyFrameRequester _keyFrames = keyFrames;
    private readonly RelayFeedback _feedback = feedback;

    /// <summary>Handles one datagram, which is overwritten.</summary>
    /// <returns>Why it went to nobody.</returns>
    public PacketDropReason Handle(Span<byte> datagram)
    {
        if (!RelayHeader.TryParse(datagram, out var header))
        {
            return PacketDropReason.Malformed;
        }

        if (_inbox.Links?.Find(header.Link) is not { } link)
        {
            return PacketDropReason.UnknownLink;
        }

        if (!link.TryOpen(datagram, header.Counter, out var body))
        {
            return PacketDropReason.NotAuthentic;
        }

        return link.Judge(header.Counter) switch
        {
            ReplayVerdict.Fresh => Accept(link, header, body),
            ReplayVerdict.Duplicate => PacketDropReason.Duplicate,
            _ => PacketDropReason.BehindWindow,
        };
    }

    private PacketDropReason Accept(RelayLink link, in RelayHeader header, ReadOnlySpan<byte> body) => header.Type switch
    {
        RelayPacketType.Media => AcceptMedia(link, header, body),
        RelayPacketType.Report => AcceptReport(link, body),
        _ => AcceptRequest(link, header, body),
    };

    private PacketDropReason AcceptReport(RelayLink link, ReadOnlySpan<byte> body)
    {
        if (!RelayReport.TryParse(body, out var report))
        {
            return PacketDropReason.Malformed;
        }

        link.Include(report, _context.Now);
        return PacketDropReason.None;
    }

    // Whoever asks is in the channel, or its plan says so; how often a sender is asked is limited per source.
    private PacketDropReason AcceptRequest(RelayLink link, in RelayHeader header, ReadOnlySpan<byte> body)
    {
        if (_inbox.FindRoute(header.Channel) is not { Current: var route } live || Array.IndexOf(route.Relay.Peers, link) < 0)
        {
            return PacketDropReason.NotPlanned;
        }

        if (header.Type == RelayPacketType.Rtcp)
        {
            return _feedback.Accept(link, header, body, live);
        }

        if (header.Source == 0)
        {
            _keyFrames.AskAll(route);
            return PacketDropReason.None;
        }

        return _keyFrames.Ask(live, header.Source) ? PacketDropReason.None : PacketDropReason.Feedback;
    }

    private PacketDropReason AcceptMedia(RelayLink link, in RelayHeader header, ReadOnlySpan<byte> body)
    {
        link.CountReceived();
        if (_inbox.FindRoute(header.Channel) is not { Current: var route })
        {
            return PacketDropReason.NotPlanned;
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

        var source = member.Session.Source(header.Source);
        return header.Flags.HasFlag(RelayFlags.Previous) ? ForwardBoth(link, source, header, body, route) : Forward(source, header, body, route);
    }

    private PacketDropReason ForwardBoth(RelayLink link, RelayedSource source, in RelayHeader header, ReadOnlySpan<byte> body, ChannelRoute route)
    {
        if (!PreviousFrame.TryParse(body, out var previous))
        {
            return PacketDropReason.Malformed;
        }

        var rest = body[PreviousFrame.Length..];
        var earlier = header with
        {
            Flags = previous.Flags,
            Kind = previous.Kind,
            Codec = previous.Codec,
            Sequence = previous.Sequence,
            Timestamp = previous.Timestamp,
        };
        if (Forward(source, earlier, rest[..previous.BodyLength], route) == PacketDropReason.None)
        {
            link.CountRecovered();
        }

        return Forward(source, header, rest[previous.BodyLength..], route);
    }

    private PacketDropReason Forward(RelayedSource source, in RelayHeader header, ReadOnlySpan<byte> body, ChannelRoute route)
    {
        if (!TryFindMeaning(header, out var meaning) || !TryFindPayload(header, body, out var payload))
        {
            return PacketDropReason.Malformed;
        }

        var sequence = source.Unwrap(header.Sequence);
        switch (source.Judge(sequence))
        {
            case ReplayVerdict.Duplicate:
                return PacketDropReason.AlreadyRelayed;
            case ReplayVerdict.TooOld:
                return PacketDropReason.BehindWindow;
        }

        source.Media.Kind = meaning.Kind;
        var packet = new ForwardedPacket
        {
            SenderSlot = -1,
            Source = source.Media,
            Meaning = meaning,
            Marker = header.Flags.HasFlag(RelayFlags.Marker),
            Sequence = sequence,
            Timestamp = header.Timestamp,
            IsRestart = header.Flags.HasFlag(RelayFlags.Restart),
            Payload = payload,
            ExtendedPayload = body,
        };
        _fanOut.Add(packet, route);
        _context.Counters.CountForwarded();
        return PacketDropReason.None;
    }

    // A worker of a newer release may know more kinds and codecs than this one.
    private static bool TryFindMeaning(in RelayHeader header, out PayloadMeaning meaning)
    {
        meaning = new PayloadMeaning((MediaKind)header.Kind, header.Codec);
        return meaning is { Kind: MediaKind.Audio or MediaKind.Video or MediaKind.Retransmission, Codec: < PayloadTypes.CodecCount };
    }

    private static bool TryFindPayload(in RelayHeader header, ReadOnlySpan<byte> body, out ReadOnlySpan<byte> payload)
    {
        payload = body;
        if (!header.Flags.HasFlag(RelayFlags.Extension))
        {
            return true;
        }

        if (body.Length < ExtensionPreamble)
        {
            return false;
        }

        var length = ExtensionPreamble + (sizeof(uint) * BinaryPrimitives.ReadUInt16BigEndian(body[2..]));
        payload = length <= body.Length ? body[length..] : [];
        return length <= body.Length;
    }
}
