using System.Buffers.Binary;
using VoiceCluster.Domain.Media;
using VoiceCluster.Media.Relay;
using VoiceCluster.Media.Reports;
using VoiceCluster.Media.Sessions;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Rtp;
using VoiceCluster.Udp;

namespace VoiceCluster.Media.Forwarding;

/// <summary>Takes a sealed RTP packet through all checks and hands it to the fan-out.</summary>
internal sealed class RtpForwarder(WorkerContext context, PacketAdmission admission, FanOut fanOut, RelaySender relay, ReceiverReporter reporter)
{
    private const int SourceOffset = 8;
    private const int PayloadTypeOffset = 1;

    private readonly WorkerContext _context = context;
    private readonly PacketAdmission _admission = admission;
    private readonly FanOut _fanOut = fanOut;
    private readonly RelaySender _relay = relay;
    private readonly ReceiverReporter _reporter = reporter;
    private readonly SpeakerGate _speakers = new(context);

    /// <summary>Handles one datagram of at least 12 bytes, which is overwritten.</summary>
    /// <returns>Why it was not forwarded.</returns>
    public PacketDropReason Handle(Span<byte> datagram, Ipv4Endpoint from)
    {
        var ssrc = BinaryPrimitives.ReadUInt32BigEndian(datagram[SourceOffset..]);
        var reason = _admission.Find(ssrc, from, out var admission);
        if (reason != PacketDropReason.None)
        {
            return reason;
        }

        reason = CheckClaims(admission, datagram[PayloadTypeOffset], from);
        if (reason != PacketDropReason.None)
        {
            return reason;
        }

        reason = _admission.Open(ref admission, datagram, isRtcp: false, from, out var plainLength);
        if (reason != PacketDropReason.None)
        {
            return reason;
        }

        if (!admission.Transport.TryObserveNonce(datagram, out var isNewestNonce))
        {
            return PacketDropReason.Duplicate;
        }

        if (!RtpView.TryParse(datagram[..plainLength], out var packet, out _))
        {
            return PacketDropReason.Malformed;
        }

        EraseHopExtension(packet, datagram);
        return Accept(admission, packet, isNewestNonce, from);
    }

    // It numbers the packets of one hop, so it would tell receivers of losses that are none.
    private static void EraseHopExtension(RtpView packet, Span<byte> datagram)
    {
        var extensions = packet.Extensions;
        if (!extensions.Elements.IsEmpty)
        {
            var begin = RtpHeader.RtpSizeLength(datagram[0]);
            HeaderExtensions.Erase(
                extensions.Profile, datagram.Slice(begin, extensions.Elements.Length), HeaderExtensionId.TransportSequenceNumber);
        }
    }

    // What needs no key. A muted sender's packet from a new address is opened nevertheless: his network may have changed while he was
    // silent, and he still wants to hear.
    private PacketDropReason CheckClaims(in Admission admission, byte payloadTypeByte, Ipv4Endpoint from)
    {
        var reason = CheckKind(admission.Transport.PayloadTypes.Classify(payloadTypeByte).Kind);
        if (reason == PacketDropReason.None && admission.IsFromOwnAddress)
        {
            reason = CheckPlan(admission.Member);
        }

        return reason == PacketDropReason.None ? _admission.TakeRate(admission, from) : reason;
    }

    private static PacketDropReason CheckKind(MediaKind kind) => kind switch
    {
        MediaKind.Unknown => PacketDropReason.UnknownPayloadType,
        MediaKind.Probe => PacketDropReason.Probe,
        _ => PacketDropReason.None,
    };

    private static PacketDropReason CheckPlan(RouteMember member)
    {
        if (!member.IsPlanned)
        {
            return PacketDropReason.NotPlanned;
        }

        return member.Sends ? PacketDropReason.None : PacketDropReason.Muted;
    }

    private PacketDropReason Accept(in Admission admission, RtpView packet, bool isNewestNonce, Ipv4Endpoint from)
    {
        var block = admission.Session.Sources;
        if (!block.First.BlockContains(packet.Ssrc))
        {
            return PacketDropReason.UnknownSource;
        }

        var meaning = admission.Transport.PayloadTypes.Classify(packet.PayloadType);
        var source = block.GetOrAdd(packet.Ssrc.Value);
        var highest = source.Window.Highest;
        var verdict = source.Window.Judge(packet.SequenceNumber, out var sequence, isNewestNonce);
        if (verdict is not (ReplayVerdict.Fresh or ReplayVerdict.Resynchronized))
        {
            return ToReason(verdict);
        }

        var isRestart = verdict == ReplayVerdict.Resynchronized;
        var isNewest = isRestart || admission.Transport.IsAgeInNonce ? isNewestNonce : !source.HasStarted || sequence > highest;
        if (isNewest)
        {
            _context.Bindings.Authenticate(admission.Session, from, admission.Transport.IsAgeProvable);
        }

        if (admission.Transport.TakesReports)
        {
            _reporter.Include(admission.Session);
        }

        source.HasStarted = true;
        source.Kind = meaning.Kind;
        source.Reception.OnPacket(sequence, packet.Timestamp, isRestart, meaning.Kind, _context.Now);
        return Forward(admission, source, meaning, packet, sequence, isRestart);
    }

    private PacketDropReason Forward(
        in Admission admission, MediaSource source, PayloadMeaning meaning, RtpView packet, long sequence, bool isRestart)
    {
        var reason = CheckPlan(admission.Member);
        if (reason != PacketDropReason.None)
        {
            return reason;
        }

        Announce(admission.Session, source);
        reason = CheckPolicy(admission, source, meaning.Kind, packet.Payload.Length, sequence);
        if (reason != PacketDropReason.None)
        {
            return reason;
        }

        var speaker = meaning.Kind == MediaKind.Audio && admission.Route.Speakers is { } selection
            ? _speakers.Judge(selection, admission.Session, source, packet, sequence)
            : SpeakerVerdict.Heard;
        if (speaker == SpeakerVerdict.Unheard)
        {
            return PacketDropReason.NotSelected;
        }

        if (!source.Continuity.TryMap(sequence, out var renumbered))
        {
            return PacketDropReason.BehindRenumbering;
        }

        var forwarded = new ForwardedPacket
        {
            SenderSlot = admission.Session.Slot,
            Source = source,
            Meaning = meaning,
            Marker = packet.Marker,
            Sequence = renumbered,
            Timestamp = packet.Timestamp,
            IsRestart = isRestart,
            Payload = speaker == SpeakerVerdict.Heard ? packet.Payload : OpusFrame.Silence,
            ExtendedPayload = speaker == SpeakerVerdict.Heard
                ? packet.Packet[(RtpHeader.Length + (RtpHeader.CsrcLength * packet.CsrcCount))..^packet.PaddingLength]
                : OpusFrame.Silence,
        };
        _fanOut.Add(forwarded, admission.Route);
        _relay.Send(forwarded, admission.Route);
        _context.Counters.CountForwarded();
        return PacketDropReason.None;
    }

    private void Announce(MediaSession session, MediaSource source)
    {
        if (!source.IsAnnounced)
        {
            source.IsAnnounced = true;
            _context.Tell(new MediaEdge.SourceStarted(session.Id, source.Ssrc));
        }
    }

    // What is dropped here leaves no gap in the numbers.
    private PacketDropReason CheckPolicy(in Admission admission, MediaSource source, MediaKind kind, int payloadLength, long sequence)
    {
        if (source.MuteGeneration != admission.Member.MuteGeneration && source.Continuity.TryCloseGap(sequence))
        {
            source.MuteGeneration = admission.Member.MuteGeneration;
        }

        if (payloadLength == 0)
        {
            source.Continuity.Drop(sequence);
            return PacketDropReason.Probe;
        }

        var isWithinRate = kind != MediaKind.Audio
            || admission.Session.AudioLimit.TryTake(admission.Route.AudioBytes, payloadLength, _context.Now);
        if (isWithinRate)
        {
            return PacketDropReason.None;
        }

        source.Continuity.Drop(sequence);
        return PacketDropReason.Bitrate;
    }

    private static PacketDropReason ToReason(ReplayVerdict verdict) => verdict switch
    {
        ReplayVerdict.Duplicate => PacketDropReason.Duplicate,
        ReplayVerdict.PendingResync => PacketDropReason.PendingResync,
        _ => PacketDropReason.BehindWindow,
    };
}
