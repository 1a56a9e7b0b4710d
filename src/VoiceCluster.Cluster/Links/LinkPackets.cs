namespace VoiceCluster.Cluster.Links;

/// <summary>What a connection carries once it stands: messages of one or several items.</summary>
/// <remarks>
/// <code>
/// Data              16 u8 | sequence u64 | length u32 | frame
/// Acknowledgement   17 u8 | sequence u64          all frames up to here have come
/// Ping              18 u8 | anything u64
/// Pong              19 u8 | the same
/// Goodbye           20 u8                         the node stops and does not come back as this incarnation
/// </code>
/// </remarks>
public static class LinkPackets
{
    /// <summary>What a packet has beside the payload of its largest frame, at most.</summary>
    public const int Overhead = 256;

    public static void WriteData(FrameWriter packet, ulong sequence, ReadOnlySpan<byte> frame)
    {
        packet.Byte((byte)LinkItemKind.Data);
        packet.UInt64(sequence);
        packet.UInt32((uint)frame.Length);
        packet.Bytes(frame);
    }

    public static void WriteAcknowledgement(FrameWriter packet, ulong sequence) => WriteNumber(packet, LinkItemKind.Acknowledgement, sequence);

    public static void WritePing(FrameWriter packet, ulong token) => WriteNumber(packet, LinkItemKind.Ping, token);

    public static void WritePong(FrameWriter packet, ulong token) => WriteNumber(packet, LinkItemKind.Pong, token);

    public static void WriteGoodbye(FrameWriter packet) => packet.Byte((byte)LinkItemKind.Goodbye);

    /// <summary>Reads the next item. False when the packet is not well-formed from here.</summary>
    public static bool TryRead(ref FrameReader packet, out LinkItem item)
    {
        item = default;
        if (!packet.TryByte(out var type))
        {
            return false;
        }

        switch ((LinkItemKind)type)
        {
            case LinkItemKind.Goodbye:
                item = new LinkItem(LinkItemKind.Goodbye, 0, default);
                return true;
            case LinkItemKind.Acknowledgement or LinkItemKind.Ping or LinkItemKind.Pong when packet.TryUInt64(out var number):
                item = new LinkItem((LinkItemKind)type, number, default);
                return true;
            case LinkItemKind.Data when packet.TryUInt64(out var sequence)
                && packet.TryUInt32(out var length)
                && length <= int.MaxValue
                && packet.TryBytes((int)length, out var frame):
                item = new LinkItem(LinkItemKind.Data, sequence, frame);
                return true;
            default:
                return false;
        }
    }

    private static void WriteNumber(FrameWriter packet, LinkItemKind kind, ulong number)
    {
        packet.Byte((byte)kind);
        packet.UInt64(number);
    }
}

/// <summary>One item of a packet.</summary>
public readonly record struct LinkItem(LinkItemKind Kind, ulong Number, ReadOnlyMemory<byte> Frame);

/// <summary>The kinds of items, with their numbers on the wire.</summary>
public enum LinkItemKind : byte
{
    Data = 16,
    Acknowledgement = 17,
    Ping = 18,
    Pong = 19,
    Goodbye = 20,
}
