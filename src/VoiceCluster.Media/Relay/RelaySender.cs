using VoiceCluster.Crypto;
using VoiceCluster.Media.Forwarding;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Relay;

namespace VoiceCluster.Media.Relay;

/// <summary>Sends one packet to every other worker with a listener, sealed once for each; with the frame before it, over links that lose packets.</summary>
/// <param name="context">The worker's.</param>
/// <param name="send">Goes out of the relay socket; null where there is none.</param>
internal sealed class RelaySender(WorkerContext context, SendQueue? send)
{
    /// <summary>Bytes of the longest packet with two frames: with the headers below, it fits an Ethernet frame.</summary>
    public const int MaximumPacket = 1452;

    private readonly WorkerContext _context = context;
    private readonly SendQueue? _send = send;
    private readonly byte[] _both = new byte[MaximumPacket];

    public void Send(in ForwardedPacket packet, ChannelRoute route)
    {
        var relay = route.Relay;
        if (_send is null || relay.Listeners.Length == 0)
        {
            return;
        }

        var header = Describe(packet, relay);
        if (IsAnyLossy(relay.Listeners))
        {
            SendTwice(packet, header, relay);
            return;
        }

        packet.Source.LastRelayed?.Clear();
        foreach (var link in relay.Listeners)
        {
            Send(link, header, packet.ExtendedPayload);
        }
    }

    /// <summary>Sends something else over a link: a report, a request.</summary>
    public void Send(RelayLink link, in RelayHeader header, ReadOnlySpan<byte> body)
    {
        var destination = link.Destination;
        if (_send is null || destination.IsNone)
        {
            _context.Drop(PacketDropReason.NoRelayAddress);
            return;
        }

        var length = link.Seal(header, body, _send.NextSlot());
        if (length == 0)
        {
            _context.Drop(PacketDropReason.NotSealed);
            return;
        }

        _send.Commit(length, destination);
    }

    /// <summary>Hands what is waiting to the kernel.</summary>
    public void Flush() => _send?.Flush();

    private void SendTwice(in ForwardedPacket packet, in RelayHeader header, RelayRoute relay)
    {
        var last = packet.Source.LastRelayed ??= new LastFrame();
        var body = packet.ExtendedPayload;
        var length = last.Bytes.Length + body.Length;
        var both = ReadOnlySpan<byte>.Empty;
        if (!last.Bytes.IsEmpty && !packet.IsRestart && RelayHeader.Length + length + RelayCipher.Overhead <= MaximumPacket)
        {
            last.Bytes.CopyTo(_both);
            body.CopyTo(_both.AsSpan(last.Bytes.Length));
            both = _both.AsSpan(0, length);
        }

        var withPrevious = header with { Flags = header.Flags | RelayFlags.Previous };
        foreach (var link in relay.Listeners)
        {
            if (link.Quality.IsLossy && !both.IsEmpty)
            {
                Send(link, withPrevious, both);
            }
            else
            {
                Send(link, header, body);
            }
        }

        last.Keep(header, body);
    }

    private static bool IsAnyLossy(RelayLink[] links)
    {
        foreach (var link in links)
        {
            if (link.Quality.IsLossy)
            {
                return true;
            }
        }

        return false;
    }

    private static RelayHeader Describe(in ForwardedPacket packet, RelayRoute relay)
    {
        var flags = (packet.Marker ? RelayFlags.Marker : RelayFlags.None)
            | (packet.IsRestart ? RelayFlags.Restart : RelayFlags.None)
            | (packet.ExtendedPayload.Length > packet.Payload.Length ? RelayFlags.Extension : RelayFlags.None);
        return new RelayHeader(
            flags,
            (byte)packet.Meaning.Kind,
            packet.Meaning.Codec,
            Link: 0,
            Counter: 0,
            relay.Channel,
            relay.Epoch,
            packet.Source.Ssrc.Value,
            (uint)packet.Sequence,
            packet.Timestamp);
    }
}
