using System.Buffers.Binary;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Rtcp;

/// <summary>Sources that stop sending (RFC 3550 section 6.6). The optional reason is not read.</summary>
/// <remarks>
/// <code>
/// | header: count = sources, type 203 | SSRC * count | optional: length 8, reason |
/// </code>
/// </remarks>
public readonly ref struct Goodbye
{
    private readonly ReadOnlySpan<byte> _sources;

    private Goodbye(ReadOnlySpan<byte> sources) => _sources = sources;

    /// <summary>How many sources leave, 0 to 31.</summary>
    public int Count => _sources.Length / 4;

    /// <summary>One of the sources.</summary>
    public Ssrc this[int index] => new(BinaryPrimitives.ReadUInt32BigEndian(_sources[(index * 4)..]));

    /// <summary>Reads the packet; false if it is of another type or too short.</summary>
    public static bool TryParse(in RtcpPacket packet, out Goodbye goodbye)
    {
        goodbye = default;
        if (packet.Type != RtcpPacketType.Goodbye || packet.Body.Length < packet.Count * 4)
        {
            return false;
        }

        goodbye = new Goodbye(packet.Body[..(packet.Count * 4)]);
        return true;
    }
}
