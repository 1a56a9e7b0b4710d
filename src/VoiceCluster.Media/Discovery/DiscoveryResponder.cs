using System.Buffers.Binary;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Udp;
using VoiceCluster.Udp;

namespace VoiceCluster.Media.Discovery;

/// <summary>Answers what clients ask before and beside media: discovery to everybody, echoes and pings to clients that have their key.</summary>
/// <remarks>Before that some take the first datagram that comes for the answer to their discovery, so there must be no other. An answer is never longer than its question, and each question is answered once.</remarks>
internal sealed class DiscoveryResponder(WorkerContext context)
{
    private readonly WorkerContext _context = context;

    /// <summary>Answers IP discovery, and lets it bind the session whose source it names.</summary>
    public PacketDropReason Discover(ReadOnlySpan<byte> datagram, Ipv4Endpoint from)
    {
        if (!IpDiscovery.TryParseRequest(datagram, out var request))
        {
            return PacketDropReason.Malformed;
        }

        if (!_context.Answers.TryTake(from.Address, _context.Now))
        {
            return PacketDropReason.AnswerLimit;
        }

        if (_context.Table.Sessions.Find(request.Ssrc.Value) is { } session)
        {
            _context.Bindings.Discover(session, from, _context.Now);
        }

        Span<byte> address = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(address, from.Address);
        var length = IpDiscovery.WriteResponse(request.Form, datagram, address, from.Port, _context.Send.NextSlot());
        _context.Send.Commit(length, from);
        return PacketDropReason.None;
    }

    /// <summary>Sends eight bytes back as they are.</summary>
    public PacketDropReason Echo(ReadOnlySpan<byte> datagram, Ipv4Endpoint from)
    {
        var reason = AdmitAnswer(from);
        if (reason == PacketDropReason.None)
        {
            _context.Send.Commit(Keepalive.WriteResponse(datagram, _context.Send.NextSlot()), from);
        }

        return reason;
    }

    /// <summary>Answers the official clients' ping.</summary>
    public PacketDropReason Ping(ReadOnlySpan<byte> datagram, Ipv4Endpoint from)
    {
        var reason = AdmitAnswer(from);
        if (reason == PacketDropReason.None)
        {
            _context.Send.Commit(UdpPing.WriteResponse(datagram, _context.Send.NextSlot()), from);
        }

        return reason;
    }

    private PacketDropReason AdmitAnswer(Ipv4Endpoint from)
    {
        if (!_context.Bindings.Serves(from))
        {
            return PacketDropReason.NotBound;
        }

        return _context.Answers.TryTake(from.Address, _context.Now) ? PacketDropReason.None : PacketDropReason.AnswerLimit;
    }
}
