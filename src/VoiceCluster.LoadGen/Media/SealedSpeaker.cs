using VoiceCluster.Crypto;
using VoiceCluster.LoadGen.Native;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Rtp;
using VoiceCluster.Udp;

namespace VoiceCluster.LoadGen.Media;

/// <summary>A user who speaks: RTP, numbered, sealed under his key.</summary>
/// <remarks>The number of a packet, its sequence number and its nonce count together from 0.</remarks>
internal sealed class SealedSpeaker : IPacketSource, IDisposable
{
    private const uint TimestampStep = 960;

    private readonly int _user;
    private readonly Ssrc _ssrc;
    private readonly TransportCipher? _cipher;
    private readonly Ipv4Endpoint _server;
    private readonly byte[] _payload;
    private uint _number;

    /// <summary>Makes a speaker.</summary>
    /// <param name="user">Which user; his address follows from it.</param>
    /// <param name="ssrc">His source.</param>
    /// <param name="cipher">Seals his packets, and is disposed with him; null sends them in the clear, for a floor without encryption.</param>
    /// <param name="server">Where he sends to.</param>
    /// <param name="payloadLength">Bytes of each packet's payload.</param>
    public SealedSpeaker(int user, Ssrc ssrc, TransportCipher? cipher, Ipv4Endpoint server, int payloadLength)
    {
        _user = user;
        _ssrc = ssrc;
        _cipher = cipher;
        _server = server;
        _payload = new byte[payloadLength];
        SpeechPayload.WritePattern(_payload);
    }

    /// <summary>How many packets he has made. Any thread.</summary>
    public uint Said => Volatile.Read(ref _number);

    /// <summary>A user of a node, who has his key.</summary>
    public static SealedSpeaker Of(JoinedUser user, int payloadLength) =>
        new(user.Number, user.Ready.Ssrc, user.CreateCipher(), user.Server, payloadLength);

    /// <inheritdoc />
    public void WriteNext(DatagramSlots slots, long unixNanoseconds)
    {
        Span<byte> header = stackalloc byte[RtpHeader.Length];
        new RtpHeader { PayloadType = RtpPayloadType.Opus, SequenceNumber = (ushort)_number, Timestamp = _number * TimestampStep, Ssrc = _ssrc }.Write(header);
        SpeechPayload.Write(_payload, unixNanoseconds, _user, _number);
        var slot = slots.Slot(slots.Count);
        var length = _cipher?.SealRtp(header, _payload, _number, slot) ?? WriteClear(header, slot);
        Volatile.Write(ref _number, _number + 1);
        slots.Commit(length, UserSocket.AddressOf(_user), _server);
    }

    /// <inheritdoc />
    public void Dispose() => _cipher?.Dispose();

    private int WriteClear(ReadOnlySpan<byte> header, Span<byte> slot)
    {
        const int SuffixLength = 4;
        header.CopyTo(slot);
        _payload.CopyTo(slot[header.Length..]);
        var clear = header.Length + _payload.Length;
        slot.Slice(clear, TransportCipher.TagLength + SuffixLength).Clear();
        return clear + TransportCipher.TagLength + SuffixLength;
    }
}
