using VoiceCluster.Media.Forwarding;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Relay;

namespace VoiceCluster.Media.Relay;

/// <summary>Sends one packet to every other worker with a listener, sealed once for each.</summary>
/// <param name="context">The worker's.</param>
/// <param name="send">Goes out of the relay socket; null where there is none.</param>
internal sealed class RelaySender(WorkerContext context, SendQueue? send)
{
    private readonly WorkerContext _context = context;
    private readonly SendQueue? _send = send;

    public void Send(in ForwardedPacket packet, ChannelRoute route)
    {
        var relay = route.Relay;
        if (_send is null || relay.Listeners.Length == 0)
        {
            return;
        }

        var header = Describe(packet, relay);
        foreach (var link in relay.Listeners)
        {
            Send(link, header, packet.ExtendedPayload);
        }
    }

    /// <summary>Hands what is waiting to the kernel.</summary>
    public void Flush() => _send?.Flush();

    private void Send(RelayLink link, RelayHeader header, ReadOnlySpan<byte> body)
    {
        var destination = link.Destination;
        if (destination.IsNone)
        {
            _context.Drop(PacketDropReason.NoRelayAddress);
            return;
        }

        var length = link.Seal(header, body, _send!.NextSlot());
        if (length == 0)
        {
            _context.Drop(PacketDropReason.NotSealed);
            return;
        }

        _send.Commit(length, destination);
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
