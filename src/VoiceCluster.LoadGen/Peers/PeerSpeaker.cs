using VoiceCluster.LoadGen.Media;
using VoiceCluster.LoadGen.Native;
using VoiceCluster.Udp;

namespace VoiceCluster.LoadGen.Peers;

/// <summary>A user who speaks to a peer. What a packet is around its payload is the peer's affair.</summary>
/// <param name="user">Which user; the address follows from it.</param>
/// <param name="payloadLength">Bytes of each packet's payload.</param>
internal abstract class PeerSpeaker(int user, int payloadLength) : IPacketSource
{
    private readonly byte[] _payload = CreatePayload(payloadLength);
    private uint _written;

    /// <summary>Which user.</summary>
    public int User { get; } = user;

    /// <summary>Packets so far; may be read from any thread.</summary>
    public uint Written => Volatile.Read(ref _written);

    /// <inheritdoc />
    public void WriteNext(DatagramSlots slots, long unixNanoseconds)
    {
        SpeechPayload.Write(_payload, unixNanoseconds, User, _written);
        var length = Seal(_written, _payload, slots.Slot(slots.Count));
        slots.Commit(length, UserSocket.AddressOf(User), Server);
        Volatile.Write(ref _written, _written + 1);
    }

    /// <summary>Where packets go.</summary>
    protected abstract Ipv4Endpoint Server { get; }

    /// <summary>Makes a packet.</summary>
    /// <param name="number">Counts from 0.</param>
    /// <param name="payload">What is said.</param>
    /// <param name="datagram">Room for it.</param>
    /// <returns>The length of the datagram.</returns>
    protected abstract int Seal(uint number, ReadOnlySpan<byte> payload, Span<byte> datagram);

    private static byte[] CreatePayload(int length)
    {
        var payload = new byte[length];
        SpeechPayload.WritePattern(payload);
        return payload;
    }
}
