using System.Buffers.Binary;
using VoiceCluster.Media.Forwarding;
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
internal sealed class RelayReceiver(WorkerContext context, WorkerInbox inbox, FanOut fanOut)
{
    private const int ExtensionPreamble = 4;

    private readonly WorkerContext _context = context;
    private readonly WorkerInbox _inbox = inbox;
    private readonly FanOut _fanOut = fanOut;

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

    private PacketDropReason Accept(RelayLink link, RelayHeader header, ReadOnlySpan<byte> body)
    {
        if (_inbox.FindRoute(header.Channel) is not { Current: var route })
        {
            return PacketDropReason.NotPlanned;
        }

        if (header.Epoch < route.Relay.Epoch)
        {
            return PacketDropReason.StaleEpoch;
        }

        var block = header.Source & ~(uint)(Ssrc.BlockSize - 1);
        if (!route.Relay.Sources.TryGetValue(block, out var member) || member.Session.Link != link)
        {
            return PacketDropReason.UnknownSource;
        }

        if (!member.Sends)
        {
            return PacketDropReason.Muted;
        }

        return TryFindMeaning(header, out var meaning) && TryFindPayload(header, body, out var payload)
            ? Forward(member.Session, header, meaning, payload, body, route)
            : PacketDropReason.Malformed;
    }

    private PacketDropReason Forward(
        RelayedSession session, RelayHeader header, PayloadMeaning meaning, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> body, ChannelRoute route)
    {
        var source = session.Source(header.Source);
        source.Kind = meaning.Kind;
        var packet = new ForwardedPacket
        {
            SenderSlot = -1,
            Source = source,
            Meaning = meaning,
            Marker = header.Flags.HasFlag(RelayFlags.Marker),
            Sequence = session.Unwrap(source, header.Sequence),
            Timestamp = header.Timestamp,
            IsRestart = header.Flags.HasFlag(RelayFlags.Restart),
            Payload = payload,
            ExtendedPayload = body,
        };
        _fanOut.Send(packet, route);
        _context.Counters.CountForwarded();
        return PacketDropReason.None;
    }

    // A worker of a newer release may know more kinds and codecs than this one.
    private static bool TryFindMeaning(RelayHeader header, out PayloadMeaning meaning)
    {
        meaning = new PayloadMeaning((MediaKind)header.Kind, header.Codec);
        return meaning is { Kind: MediaKind.Audio or MediaKind.Video or MediaKind.Retransmission, Codec: < PayloadTypes.CodecCount };
    }

    private static bool TryFindPayload(RelayHeader header, ReadOnlySpan<byte> body, out ReadOnlySpan<byte> payload)
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
