using System.Buffers.Binary;
using VoiceCluster.Media.Sessions;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Media.Forwarding;

/// <summary>Sends one packet to everybody in the channel who can and wants to hear it.</summary>
/// <remarks>
/// Of each receiver it looks at one cache line and the key. While one copy is sealed, the lines of the next ones are on their way. Three
/// headers serve all receivers (<see cref="HeaderForm"/>); only the payload type changes.
/// </remarks>
internal sealed class FanOut(WorkerContext context, SessionSender sender)
{
    private const byte VersionBits = 0x80;
    private const byte ExtensionBit = 0x10;
    private const byte MarkerBit = 0x80;
    private const int PayloadTypeOffset = 1;

    // In receivers. A key is asked for by a sink that is there already, and early enough for main memory.
    private const int SinkLead = 8;
    private const int KeyLead = 3;

    private readonly WorkerContext _context = context;
    private readonly SessionSender _sender = sender;
    private readonly SinkTable _sinks = context.Sinks;
    private readonly byte[] _plain = new byte[RtpHeader.Length];
    private readonly byte[] _rich = new byte[RtpHeader.Length];
    private readonly byte[] _guarded = new byte[RtpHeader.Length];
    private Guard _guard;

    public void Send(in ForwardedPacket packet, ChannelRoute route)
    {
        var slots = route.Sinks;
        for (var i = 0; i < SinkLead && i < slots.Length; i++)
        {
            _sinks.Prefetch(slots[i]);
        }

        WriteHeaders(packet);
        for (var i = 0; i < slots.Length; i++)
        {
            Prefetch(slots, i);
            ref var sink = ref _sinks[slots[i]];
            if (slots[i] != packet.SenderSlot && sink.IsReady && (!sink.HasWants || Wants(slots[i], packet)))
            {
                Send(ref sink, slots[i], packet);
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

    private bool Wants(int slot, in ForwardedPacket packet) => _sinks.Session(slot).Wants is not { } wants || wants.Wants(packet.Source.Ssrc.Value);

    private void Send(ref MediaSink sink, int slot, in ForwardedPacket packet)
    {
        if (!sink.PayloadTypes.TryFind(packet.Meaning, out var payloadType))
        {
            _context.Drop(PacketDropReason.ReceiverLacksCodec);
            return;
        }

        switch (sink.Form)
        {
            case HeaderForm.Plain:
                _plain[PayloadTypeOffset] = payloadType;
                _sender.SendRtp(ref sink, slot, _plain, packet.Payload);
                break;
            case HeaderForm.Rich:
                _rich[PayloadTypeOffset] = WithMarker(payloadType, packet);
                _sender.SendRtp(ref sink, slot, _rich, packet.ExtendedPayload);
                break;
            default:
                SendGuarded(ref sink, slot, packet, payloadType);
                break;
        }
    }

    // These receivers are the oldest clients: no extension, whatever they negotiated. The marker is part of the header, but not of the nonce's
    // freshness, as no number is used twice.
    private void SendGuarded(ref MediaSink sink, int slot, in ForwardedPacket packet, byte payloadType)
    {
        _guard = _guard == Guard.NotWritten ? WriteGuarded(packet) : _guard;
        if (_guard != Guard.Safe)
        {
            _context.Drop(PacketDropReason.NonceWouldRepeat);
            return;
        }

        _guarded[PayloadTypeOffset] = sink.HasCodecList ? WithMarker(payloadType, packet) : payloadType;
        _sender.SendRtp(ref sink, slot, _guarded, packet.Payload);
    }

    private void WriteHeaders(in ForwardedPacket packet)
    {
        WriteHeader(_plain, (ushort)packet.Sequence, packet.Timestamp, packet.Source.Ssrc.Value);
        _plain.CopyTo(_rich);
        _rich[0] |= packet.ExtendedPayload.Length > packet.Payload.Length ? ExtensionBit : (byte)0;

        // Numbers for header nonces advance with every packet, heard or not, once there has been somebody who needs them.
        _guard = packet.Source.NonceGuard is null ? Guard.NotWritten : WriteGuarded(packet);
    }

    private Guard WriteGuarded(in ForwardedPacket packet)
    {
        var guard = packet.Source.NonceGuard ??= new HeaderNonceGuard();
        var isSafe = guard.TryMap(packet.Sequence, packet.Timestamp, packet.IsRestart, out var sequence, out var timestamp);
        WriteHeader(_guarded, sequence, timestamp, packet.Source.Ssrc.Value);
        return isSafe ? Guard.Safe : Guard.Unsafe;
    }

    private static void WriteHeader(Span<byte> header, ushort sequence, uint timestamp, uint ssrc)
    {
        header[0] = VersionBits;
        header[PayloadTypeOffset] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(header[8..], ssrc);
    }

    private static byte WithMarker(byte payloadType, in ForwardedPacket packet) => (byte)(packet.Marker ? MarkerBit | payloadType : payloadType);

    private enum Guard
    {
        NotWritten,
        Safe,
        Unsafe,
    }
}
