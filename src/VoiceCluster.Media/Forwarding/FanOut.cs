using System.Buffers.Binary;
using VoiceCluster.Media.Sessions;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Media.Forwarding;

/// <summary>Sends one packet to everybody in the channel who can and wants to hear it.</summary>
/// <remarks>
/// Two headers serve nearly all: the one for clients without a codec list (no extension, marker clear, payload type 120) is the same for
/// all of them, in the other one only the payload type changes.
/// </remarks>
internal sealed class FanOut(WorkerContext context, SessionSender sender)
{
    private const byte VersionBits = 0x80;
    private const byte ExtensionBit = 0x10;
    private const byte MarkerBit = 0x80;

    private readonly WorkerContext _context = context;
    private readonly SessionSender _sender = sender;

    public void Send(in ForwardedPacket packet, ChannelRoute route)
    {
        Span<byte> plain = stackalloc byte[RtpHeader.Length];
        Span<byte> rich = stackalloc byte[RtpHeader.Length];
        Span<byte> guarded = stackalloc byte[RtpHeader.Length];
        WriteHeader(plain, (ushort)packet.Sequence, packet.Timestamp, packet.Source.Ssrc.Value);
        plain.CopyTo(rich);
        rich[0] |= packet.ExtendedPayload.Length > packet.Payload.Length ? ExtensionBit : (byte)0;
        var marker = packet.Marker ? MarkerBit : (byte)0;

        // Numbers for header nonces advance with every packet, heard or not, once there has been somebody who needs them.
        var guard = packet.Source.NonceGuard is null ? Guard.NotWritten : WriteGuarded(packet, guarded);
        foreach (var sink in route.Sinks)
        {
            if (ReferenceEquals(sink, packet.Sender) || !SessionSender.IsReady(sink, out var transport) || !Wants(sink, packet))
            {
                continue;
            }

            if (!transport.PayloadTypes.TryFind(packet.Meaning, out var payloadType))
            {
                _context.Drop(PacketDropReason.ReceiverLacksCodec);
                continue;
            }

            if (transport.IsHeaderNonce)
            {
                guard = guard == Guard.NotWritten ? WriteGuarded(packet, guarded) : guard;
                SendGuarded(sink, transport, packet, guard, guarded, payloadType);
            }
            else if (transport.PayloadTypes.HasCodecList)
            {
                rich[1] = (byte)(marker | payloadType);
                _sender.SendRtp(sink, transport, rich, packet.ExtendedPayload);
            }
            else
            {
                plain[1] = payloadType;
                _sender.SendRtp(sink, transport, plain, packet.Payload);
            }
        }
    }

    private static bool Wants(MediaSession sink, in ForwardedPacket packet) =>
        sink.Wants is not { } wants || wants.Wants(packet.Source.Ssrc.Value);

    // These receivers are the oldest clients: no extension, whatever they negotiated. The marker is part of the header, but not of the nonce's
    // freshness, as no number is used twice.
    private void SendGuarded(
        MediaSession sink, SessionTransport transport, in ForwardedPacket packet, Guard guard, Span<byte> header, byte payloadType)
    {
        if (guard != Guard.Safe)
        {
            _context.Drop(PacketDropReason.NonceWouldRepeat);
            return;
        }

        header[1] = (byte)(transport.PayloadTypes.HasCodecList && packet.Marker ? MarkerBit | payloadType : payloadType);
        _sender.SendRtp(sink, transport, header, packet.Payload);
    }

    private static Guard WriteGuarded(in ForwardedPacket packet, Span<byte> header)
    {
        var guard = packet.Source.NonceGuard ??= new HeaderNonceGuard();
        var isSafe = guard.TryMap(packet.Sequence, packet.Timestamp, packet.IsRestart, out var sequence, out var timestamp);
        WriteHeader(header, sequence, timestamp, packet.Source.Ssrc.Value);
        return isSafe ? Guard.Safe : Guard.Unsafe;
    }

    private static void WriteHeader(Span<byte> header, ushort sequence, uint timestamp, uint ssrc)
    {
        header[0] = VersionBits;
        header[1] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(header[8..], ssrc);
    }

    private enum Guard
    {
        NotWritten,
        Safe,
        Unsafe,
    }
}
