using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Links;

/// <summary>What a stream of frames goes on from after a connection was lost.</summary>
/// <param name="Stream">The stream's random name; 0 for none.</param>
/// <param name="Received">The last frame that came in.</param>
public readonly record struct LinkPosition(ulong Stream, ulong Received);

/// <summary>Why a node does not take a connection.</summary>
public enum LinkRefusal : byte
{
    /// <summary>Something else than the protocol was spoken.</summary>
    BadMessage = 1,

    /// <summary>No version in common.</summary>
    Version = 2,

    /// <summary>Another node was meant.</summary>
    WrongNode = 3,

    /// <summary>The proof is wrong: another cluster secret.</summary>
    NotAuthentic = 4,

    /// <summary>There is a connection in the other direction.</summary>
    Superseded = 5,

    /// <summary>The node is stopping.</summary>
    Stopping = 6,
}

/// <summary>The four messages that begin a connection, and the refusal.</summary>
/// <remarks>
/// <code>
/// dialer                                          accepter
///   Hello      1 u8 | "VCL" | min u16 | max u16 | target text | node text | incarnation i64 | nonce 32      --&gt;
///   &lt;--   Challenge  2 u8 | version u16 | node text | incarnation i64 | nonce 32 | proof 32
///   Proof      3 u8 | stream u64 | received u64 | proof 32                                                  --&gt;
///   &lt;--   Welcome    4 u8 | stream u64 | received u64 | proof 32
///   either     Refusal  5 u8 | reason u8
/// </code>
/// Each proof is an HMAC over its role, all messages before it and its own message up to it, so both nonces, both names, both incarnations and the
/// version are bound, and neither side's proof can be turned against it.
/// </remarks>
public static class LinkMessages
{
    public const int NonceLength = 32;
    public const int ProofLength = 32;

    /// <summary>No message before the proof is longer.</summary>
    public const int MaxHandshakeBytes = 1024;

    private const byte HelloType = 1;
    private const byte ChallengeType = 2;
    private const byte ProofType = 3;
    private const byte WelcomeType = 4;
    private const byte RefusalType = 5;

    private static ReadOnlySpan<byte> Magic => "VCL"u8;

    public static byte[] WriteHello(LinkVersions versions, NodeId target, NodeIncarnation node, ReadOnlySpan<byte> nonce)
    {
        var writer = new FrameWriter();
        writer.Byte(HelloType);
        writer.Bytes(Magic);
        writer.UInt16(versions.Minimum);
        writer.UInt16(versions.Maximum);
        writer.Text(target.Value);
        writer.Text(node.Node.Value);
        writer.Int64(node.Incarnation);
        writer.Bytes(nonce);
        return writer.ToArray();
    }

    public static bool TryReadHello(ReadOnlyMemory<byte> message, out LinkVersions versions, out NodeId target, out NodeIncarnation node)
    {
        versions = default;
        target = default;
        node = default;
        var reader = new FrameReader(message);
        if (!reader.TryByte(out var type)
            || type != HelloType
            || !reader.TryBytes(Magic.Length, out var magic)
            || !magic.Span.SequenceEqual(Magic)
            || !reader.TryUInt16(out var minimum)
            || !reader.TryUInt16(out var maximum)
            || !TryNode(ref reader, out target)
            || !TryIncarnation(ref reader, out node)
            || reader.Rest.Length != NonceLength)
        {
            return false;
        }

        versions = new LinkVersions(minimum, maximum);
        return true;
    }

    /// <summary>The challenge up to its proof.</summary>
    public static byte[] WriteChallenge(ushort version, NodeIncarnation node, ReadOnlySpan<byte> nonce)
    {
        var writer = new FrameWriter();
        writer.Byte(ChallengeType);
        writer.UInt16(version);
        writer.Text(node.Node.Value);
        writer.Int64(node.Incarnation);
        writer.Bytes(nonce);
        return writer.ToArray();
    }

    public static bool TryReadChallenge(ReadOnlyMemory<byte> message, out ushort version, out NodeIncarnation node)
    {
        version = 0;
        node = default;
        var reader = new FrameReader(message);
        return reader.TryByte(out var type)
            && type == ChallengeType
            && reader.TryUInt16(out version)
            && TryIncarnation(ref reader, out node)
            && reader.Rest.Length == NonceLength + ProofLength;
    }

    /// <summary>The proof's message up to the proof.</summary>
    public static byte[] WriteProof(LinkPosition position) => WritePosition(ProofType, position);

    public static bool TryReadProof(ReadOnlyMemory<byte> message, out LinkPosition position) => TryReadPosition(message, ProofType, out position);

    /// <summary>The welcome up to its proof.</summary>
    public static byte[] WriteWelcome(LinkPosition position) => WritePosition(WelcomeType, position);

    public static bool TryReadWelcome(ReadOnlyMemory<byte> message, out LinkPosition position) => TryReadPosition(message, WelcomeType, out position);

    public static byte[] WriteRefusal(LinkRefusal reason) => [RefusalType, (byte)reason];

    public static bool TryReadRefusal(ReadOnlyMemory<byte> message, out LinkRefusal reason)
    {
        var isRefusal = message.Length == 2 && message.Span[0] == RefusalType && Enum.IsDefined((LinkRefusal)message.Span[1]);
        reason = isRefusal ? (LinkRefusal)message.Span[1] : LinkRefusal.BadMessage;
        return isRefusal;
    }

    private static byte[] WritePosition(byte type, LinkPosition position)
    {
        var writer = new FrameWriter();
        writer.Byte(type);
        writer.UInt64(position.Stream);
        writer.UInt64(position.Received);
        return writer.ToArray();
    }

    private static bool TryReadPosition(ReadOnlyMemory<byte> message, byte expected, out LinkPosition position)
    {
        position = default;
        var reader = new FrameReader(message);
        if (!reader.TryByte(out var type)
            || type != expected
            || !reader.TryUInt64(out var stream)
            || !reader.TryUInt64(out var received)
            || reader.Rest.Length != ProofLength)
        {
            return false;
        }

        position = new LinkPosition(stream, received);
        return true;
    }

    private static bool TryIncarnation(ref FrameReader reader, out NodeIncarnation node)
    {
        node = default;
        if (!TryNode(ref reader, out var id) || !reader.TryInt64(out var incarnation))
        {
            return false;
        }

        node = new NodeIncarnation(id, incarnation);
        return true;
    }

    private static bool TryNode(ref FrameReader reader, out NodeId node)
    {
        var read = reader.TryText(out var text) && text.Length > 0;
        node = new NodeId(text ?? string.Empty);
        return read;
    }
}
