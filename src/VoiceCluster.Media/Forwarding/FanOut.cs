using VoiceCluster.Media.Sessions;
using VoiceCluster.Media.Workers;

namespace VoiceCluster.Media.Forwarding;

/// <summary>Sends packets to everybody in their channel who can and wants to hear them: receiver by receiver, all that came in one batch.</summary>
/// <remarks>
/// Of each receiver it looks at one cache line and the key, once for all packets of the channel. While copies are sealed, the lines of the next
/// receivers are on their way. Copies to one receiver lie next to each other, so that the kernel can take them at once.
/// </remarks>
internal sealed class FanOut(WorkerContext context, SessionSender sender)
{
    // In receivers. A key is asked for by a sink that is there already, and early enough for main memory.
    private const int SinkLead = 8;
    private const int KeyLead = 3;

    private readonly WorkerContext _context = context;
    private readonly SessionSender _sender = sender;
    private readonly SinkTable _sinks = context.Sinks;
    private readonly WaitingPackets _waiting = new();

    /// <summary>Sends a packet with the next <see cref="Flush"/>, or sooner.</summary>
    /// <param name="packet">Its bytes must neither move nor change until then.</param>
    /// <param name="route">Who gets it, whatever becomes of the route until then.</param>
    public void Add(in ForwardedPacket packet, ChannelRoute route)
    {
        if (!_waiting.TryAdd(packet, route))
        {
            Flush();
            _waiting.TryAdd(packet, route);
        }

        if (_waiting.IsFull)
        {
            Flush();
        }
    }

    /// <summary>
    /// Sends what waits. To be called before a session or a key is freed, before anything is sent that must not overtake a packet, and before the packets' bytes
    /// go.
    /// </summary>
    public void Flush()
    {
        for (var begin = 0; begin < _waiting.Count;)
        {
            var packets = _waiting.Channel(begin);
            Send(packets, packets[0].Route.Sinks);
            begin += packets.Length;
        }

        _waiting.Clear();
    }

    private void Send(ReadOnlySpan<WaitingPacket> packets, int[] slots)
    {
        for (var i = 0; i < SinkLead && i < slots.Length; i++)
        {
            _sinks.Prefetch(slots[i]);
        }

        for (var i = 0; i < slots.Length; i++)
        {
            Prefetch(slots, i);
            var slot = slots[i];
            ref var sink = ref _sinks[slot];
            for (var j = 0; j < packets.Length && sink.IsReady; j++)
            {
                var packet = packets[j];
                if (slot != packet.SenderSlot && (!sink.HasWants || Wants(slot, packet)))
                {
                    Send(ref sink, slot, packet);
                }
            }
        }
    }

    private void Prefetch(int[] slots, int index)
    {
        if (index + SinkLead < slots.Length)
        {
            _sinks.Prefetch(slots[index + SinkLead]);
        }

        if (index + KeyLead < slots.Length)
        {
            _sinks.PrefetchKey(slots[index + KeyLead]);
        }
    }

    private bool Wants(int slot, WaitingPacket packet) => _sinks.Session(slot).Wants is not { } wants || wants.Wants(packet.Source!.Ssrc.Value);

    private void Send(ref MediaSink sink, int slot, WaitingPacket packet)
    {
        if (!sink.PayloadTypes.TryFind(packet.Meaning, out var payloadType))
        {
            _context.Drop(PacketDropReason.ReceiverLacksCodec);
            return;
        }

        switch (sink.Form)
        {
            case HeaderForm.Plain:
                _sender.SendRtp(ref sink, slot, packet.PlainHeader(payloadType), packet.Payload);
                break;
            case HeaderForm.Rich:
                _sender.SendRtp(ref sink, slot, packet.RichHeader(payloadType), packet.ExtendedPayload);
                break;
            default:
                SendGuarded(ref sink, slot, packet, payloadType);
                break;
        }
    }

    // These receivers are the oldest clients: no extension, whatever they negotiated.
    private void SendGuarded(ref MediaSink sink, int slot, WaitingPacket packet, byte payloadType)
    {
        if (packet.Source!.NonceGuard is null)
        {
            _waiting.Guard(packet.Source);
        }

        if (packet.TryGetGuardedHeader(payloadType, sink.HasCodecList, out var header))
        {
            _sender.SendRtp(ref sink, slot, header, packet.Payload);
        }
        else
        {
            _context.Drop(PacketDropReason.NonceWouldRepeat);
        }
    }
}
