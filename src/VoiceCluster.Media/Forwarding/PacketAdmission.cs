using VoiceCluster.Crypto;
using VoiceCluster.Media.Limits;
using VoiceCluster.Media.Sessions;
using VoiceCluster.Media.Workers;
using VoiceCluster.Udp;

namespace VoiceCluster.Media.Forwarding;

/// <summary>A packet's claimed sender.</summary>
/// <param name="Session">Whose source it names.</param>
/// <param name="Transport">The key to open it with.</param>
/// <param name="Route">The session's channel.</param>
/// <param name="Member">What the plan says of the session.</param>
/// <param name="IsFromOwnAddress">Whether it comes from where the session is bound.</param>
internal readonly record struct Admission(
    MediaSession Session, SessionTransport Transport, ChannelRoute Route, RouteMember Member, bool IsFromOwnAddress);

/// <summary>The checks that RTP and RTCP share, cheapest first: source, plan, rates, and only then the tag.</summary>
internal sealed class PacketAdmission(WorkerContext context)
{
    private readonly WorkerContext _context = context;
    private readonly byte[] _copy = new byte[ReceiveBatch.SlotSize];

    /// <summary>Finds the session that a packet claims to be from.</summary>
    public PacketDropReason Find(uint ssrc, Ipv4Endpoint from, out Admission admission)
    {
        admission = default;
        var session = _context.Table.Sessions.Find(ssrc);
        if (session is null)
        {
            return RefuseSource(ssrc, from);
        }

        var transport = session.Transport;
        if (transport is null)
        {
            return PacketDropReason.NotConfigured;
        }

        var route = session.Route.Current;
        admission = new Admission(session, transport, route, route.Member(session), from == session.Binding.Endpoint);
        return PacketDropReason.None;
    }

    /// <summary>Holds a session to its packet rate, and strangers who use its sources to theirs, which is far lower.</summary>
    public PacketDropReason TakeRate(in Admission admission, Ipv4Endpoint from)
    {
        var session = admission.Session;
        if (admission.IsFromOwnAddress)
        {
            ref readonly var rate = ref PacketRate(admission.Transport);
            return session.PacketLimit.TryTake(rate, 1, _context.Now) ? PacketDropReason.None : PacketDropReason.PacketRate;
        }

        if (!_context.FailedOpens.HasRoom(from.Address, _context.Now))
        {
            return PacketDropReason.FailedOpenLimit;
        }

        return session.StrangerLimit.TryTake(_context.Limits.StrangerPackets, 1, _context.Now)
            ? PacketDropReason.None
            : PacketDropReason.StrangerRate;
    }

    /// <summary>Opens a packet in place, under the key in use or else under the one that is being replaced.</summary>
    /// <param name="admission">Names the key that fitted, afterwards.</param>
    /// <param name="datagram">The packet.</param>
    /// <param name="isRtcp">Which of the two it is.</param>
    /// <param name="from">Where it came from.</param>
    /// <param name="plainLength">The plain packet's length.</param>
    public PacketDropReason Open(ref Admission admission, Span<byte> datagram, bool isRtcp, Ipv4Endpoint from, out int plainLength)
    {
        var other = admission.Session.OtherTransport;
        if (other is not null)
        {
            // Opening destroys what does not open.
            datagram.CopyTo(_copy);
        }

        var error = Open(admission.Transport, datagram, isRtcp, out plainLength);
        if (error == OpenError.NotAuthentic && other is not null)
        {
            _copy.AsSpan(0, datagram.Length).CopyTo(datagram);
            error = Open(other, datagram, isRtcp, out plainLength);
            admission = admission with { Transport = other };
        }

        return error switch
        {
            OpenError.None => PacketDropReason.None,
            OpenError.TooShort => PacketDropReason.Malformed,
            _ => Refuse(admission, from),
        };
    }

    private PacketDropReason RefuseSource(uint ssrc, Ipv4Endpoint from)
    {
        if (_context.IsServedElsewhere(ssrc))
        {
            return PacketDropReason.WrongWorker;
        }

        return _context.Bindings.Contains(from) ? PacketDropReason.ForeignSource : PacketDropReason.UnknownSource;
    }

    private static OpenError Open(SessionTransport transport, Span<byte> datagram, bool isRtcp, out int plainLength) =>
        isRtcp ? transport.Cipher.OpenRtcp(datagram, out plainLength) : transport.Cipher.OpenRtp(datagram, out plainLength);

    private PacketDropReason Refuse(in Admission admission, Ipv4Endpoint from)
    {
        _context.FailedOpens.TryTake(from.Address, _context.Now);
        return !admission.IsFromOwnAddress && _context.Bindings.Contains(from) ? PacketDropReason.ForeignSource : PacketDropReason.NotAuthentic;
    }

    private ref readonly Rate PacketRate(SessionTransport transport)
    {
        if (transport.PayloadTypes.HasVideo)
        {
            return ref _context.Limits.VideoPackets;
        }

        return ref _context.Limits.Packets;
    }
}
