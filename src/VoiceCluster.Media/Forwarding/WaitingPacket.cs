using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using VoiceCluster.Media.Sessions;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Media.Forwarding;

/// <summary>A packet that waits to be sent, with its headers: three serve all receivers (<see cref="HeaderForm"/>), only the payload type changes.</summary>
/// <remarks>Used again and again, so that nothing is allocated. Its bytes stay where they were received.</remarks>
internal sealed unsafe class WaitingPacket
{
    private const byte VersionBits = 0x80;
    private const byte ExtensionBit = 0x10;
    private const byte MarkerBit = 0x80;
    private const int PayloadTypeOffset = 1;

    private readonly byte[] _plain = new byte[RtpHeader.Length];
    private readonly byte[] _rich = new byte[RtpHeader.Length];
    private readonly byte[] _guarded = new byte[RtpHeader.Length];
    private byte* _payload;
    private int _payloadLength;
    private byte* _extendedPayload;
    private int _extendedPayloadLength;
    private byte _marker;
    private long _sequence;
    private uint _timestamp;
    private bool _isRestart;
    private Guard _guard;

    /// <summary>The channel as it was when the packet was accepted.</summary>
    public ChannelRoute Route { get; private set; } = ChannelRoute.Silent;

    /// <summary>As <see cref="ForwardedPacket.SenderSlot"/>.</summary>
    public int SenderSlot { get; private set; }

    /// <summary>As <see cref="ForwardedPacket.Source"/>; null before the first packet.</summary>
    public MediaSource? Source { get; private set; }

    /// <summary>As <see cref="ForwardedPacket.Meaning"/>.</summary>
    public PayloadMeaning Meaning { get; private set; }

    /// <summary>As <see cref="ForwardedPacket.Payload"/>.</summary>
    public ReadOnlySpan<byte> Payload => new(_payload, _payloadLength);

    /// <summary>As <see cref="ForwardedPacket.ExtendedPayload"/>.</summary>
    public ReadOnlySpan<byte> ExtendedPayload => new(_extendedPayload, _extendedPayloadLength);

    /// <summary>Takes a packet instead of the one before.</summary>
    /// <param name="packet">Its bytes must neither move nor change until it has been sent: those of a received batch do not, nor do constants.</param>
    /// <param name="route">Who gets it.</param>
    public void Hold(in ForwardedPacket packet, ChannelRoute route)
    {
        Route = route;
        SenderSlot = packet.SenderSlot;
        Source = packet.Source;
        Meaning = packet.Meaning;
        _payload = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(packet.Payload));
        _payloadLength = packet.Payload.Length;
        _extendedPayload = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(packet.ExtendedPayload));
        _extendedPayloadLength = packet.ExtendedPayload.Length;
        _marker = packet.Marker ? MarkerBit : (byte)0;
        _sequence = packet.Sequence;
        _timestamp = packet.Timestamp;
        _isRestart = packet.IsRestart;
        WriteHeaders(packet.Source);
    }

    /// <summary>The header for <see cref="HeaderForm.Plain"/>.</summary>
    public ReadOnlySpan<byte> PlainHeader(byte payloadType)
    {
        _plain[PayloadTypeOffset] = payloadType;
        return _plain;
    }

    /// <summary>The header for <see cref="HeaderForm.Rich"/>.</summary>
    public ReadOnlySpan<byte> RichHeader(byte payloadType)
    {
        _rich[PayloadTypeOffset] = (byte)(_marker | payloadType);
        return _rich;
    }

    /// <summary>The header for <see cref="HeaderForm.Guarded"/>, once it is written.</summary>
    /// <param name="payloadType">What the receiver calls the payload.</param>
    /// <param name="withMarker">Whether it copes with markers. They are part of the header, but not of the nonce's freshness, as no number is used twice.</param>
    /// <param name="header">The header.</param>
    /// <returns>False if the nonce could repeat.</returns>
    public bool TryGetGuardedHeader(byte payloadType, bool withMarker, out ReadOnlySpan<byte> header)
    {
        _guarded[PayloadTypeOffset] = (byte)(withMarker ? _marker | payloadType : payloadType);
        header = _guarded;
        return _guard == Guard.Safe;
    }

    /// <summary>Writes the header for <see cref="HeaderForm.Guarded"/>. A source's packets in the order in which they came.</summary>
    public void WriteGuarded(HeaderNonceGuard guard, uint ssrc)
    {
        var isSafe = guard.TryMap(_sequence, _timestamp, _isRestart, out var sequence, out var timestamp);
        WriteHeader(_guarded, sequence, timestamp, ssrc);
        _guard = isSafe ? Guard.Safe : Guard.Unsafe;
    }

    private void WriteHeaders(MediaSource source)
    {
        WriteHeader(_plain, (ushort)_sequence, _timestamp, source.Ssrc.Value);
        _plain.CopyTo(_rich);
        _rich[0] |= _extendedPayloadLength > _payloadLength ? ExtensionBit : (byte)0;

        // Numbers for header nonces advance with every packet, heard or not, once there has been somebody who needs them.
        _guard = Guard.NotWritten;
        if (source.NonceGuard is { } guard)
        {
            WriteGuarded(guard, source.Ssrc.Value);
        }
    }

    private static void WriteHeader(Span<byte> header, ushort sequence, uint timestamp, uint ssrc)
    {
        header[0] = VersionBits;
        header[PayloadTypeOffset] = 0;
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
