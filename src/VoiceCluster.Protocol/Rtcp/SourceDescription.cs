using System.Buffers.Binary;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Rtcp;

/// <summary>Names of sources (RFC 3550 section 6.5). Only the first chunk's canonical name is read: nothing here acts on more.</summary>
/// <remarks>
/// <code>
/// | header: count = chunks, type 202                            |
/// | SSRC | items: type 8, length 8, text ... | 0 | zeros to 4   |   per chunk
/// </code>
/// </remarks>
public readonly ref struct SourceDescription
{
    private const byte EndItem = 0;
    private const byte CanonicalNameItem = 1;

    /// <summary>The source of the first chunk; 0 if there is none.</summary>
    public Ssrc Ssrc { get; private init; }

    /// <summary>CNAME of the first chunk as UTF-8; empty if it has none.</summary>
    public ReadOnlySpan<byte> CanonicalName { get; private init; }

    /// <summary>Reads the packet; false if it is of another type or an item reaches beyond it.</summary>
    public static bool TryParse(in RtcpPacket packet, out SourceDescription description)
    {
        description = default;
        if (packet.Type != RtcpPacketType.SourceDescription || (packet.Count > 0 && packet.Body.Length < 4))
        {
            return false;
        }

        if (packet.Count == 0)
        {
            return true;
        }

        var ssrc = new Ssrc(BinaryPrimitives.ReadUInt32BigEndian(packet.Body));
        if (!TryFindCanonicalName(packet.Body[4..], out var canonicalName))
        {
            return false;
        }

        description = new SourceDescription { Ssrc = ssrc, CanonicalName = canonicalName };
        return true;
    }

    private static bool TryFindCanonicalName(ReadOnlySpan<byte> items, out ReadOnlySpan<byte> canonicalName)
    {
        canonicalName = default;
        while (!items.IsEmpty && items[0] != EndItem)
        {
            if (items.Length < 2 || items.Length < 2 + items[1])
            {
                return false;
            }

            if (items[0] == CanonicalNameItem)
            {
                canonicalName = items.Slice(2, items[1]);
                return true;
            }

            items = items[(2 + items[1])..];
        }

        return true;
    }
}
