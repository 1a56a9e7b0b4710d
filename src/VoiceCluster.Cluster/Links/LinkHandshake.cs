using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Links;

/// <summary>The dialing side of a connection's beginning: hello, proof. Fed messages, gives messages; one use.</summary>
/// <param name="self">Who dials.</param>
/// <param name="target">Who is meant.</param>
/// <param name="nonce">32 random bytes, never used before.</param>
public sealed class LinkDialer(LinkIdentity self, NodeId target, ReadOnlyMemory<byte> nonce)
{
    private readonly byte[] _hello = LinkMessages.WriteHello(self.Versions, target, self.Node, nonce.Span);
    private ReadOnlyMemory<byte> _challenge;
    private ReadOnlyMemory<byte> _proof;

    /// <summary>The first message.</summary>
    public ReadOnlyMemory<byte> Hello => _hello;

    /// <summary>Who answered; proven once <see cref="OnChallenge"/> gave null.</summary>
    public NodeIncarnation Peer { get; private set; }

    /// <summary>The version to speak.</summary>
    public ushort Version { get; private set; }

    /// <summary>Checks who answered. Null when it is the node that was meant, of this cluster.</summary>
    public LinkRefusal? OnChallenge(ReadOnlyMemory<byte> message)
    {
        if (LinkMessages.TryReadRefusal(message, out var refusal))
        {
            return refusal;
        }

        if (!LinkMessages.TryReadChallenge(message, out var version, out var node))
        {
            return LinkRefusal.BadMessage;
        }

        if (!self.IsProof(message.Span[^LinkMessages.ProofLength..], LinkRole.Challenge, _hello, message[..^LinkMessages.ProofLength]))
        {
            return LinkRefusal.NotAuthentic;
        }

        if (version < self.Versions.Minimum || version > self.Versions.Maximum)
        {
            return LinkRefusal.Version;
        }

        Peer = node;
        Version = version;
        _challenge = message;
        return node.Node == target ? null : LinkRefusal.WrongNode;
    }

    /// <summary>The second message; says from where the stream of frames could go on.</summary>
    public ReadOnlyMemory<byte> Prove(LinkPosition position)
    {
        var body = LinkMessages.WriteProof(position);
        return _proof = (byte[])[.. body, .. self.Prove(LinkRole.Proof, _hello, _challenge, body)];
    }

    /// <summary>Reads from where the stream goes on. Null when the connection stands.</summary>
    public LinkRefusal? OnWelcome(ReadOnlyMemory<byte> message, out LinkPosition position)
    {
        position = default;
        if (LinkMessages.TryReadRefusal(message, out var refusal))
        {
            return refusal;
        }

        if (!LinkMessages.TryReadWelcome(message, out position))
        {
            return LinkRefusal.BadMessage;
        }

        var body = message[..^LinkMessages.ProofLength];
        return self.IsProof(message.Span[^LinkMessages.ProofLength..], LinkRole.Welcome, _hello, _challenge, _proof, body)
            ? null
            : LinkRefusal.NotAuthentic;
    }
}

/// <summary>The accepting side of a connection's beginning: challenge, welcome. Fed messages, gives messages; one use.</summary>
/// <param name="self">Who accepts.</param>
/// <param name="nonce">32 random bytes, never used before.</param>
public sealed class LinkAccepter(LinkIdentity self, ReadOnlyMemory<byte> nonce)
{
    private ReadOnlyMemory<byte> _hello;
    private ReadOnlyMemory<byte> _challenge;
    private ReadOnlyMemory<byte> _proof;

    /// <summary>Who says to dial; proven only once <see cref="OnProof"/> gave null.</summary>
    public NodeIncarnation Peer { get; private set; }

    /// <summary>The version to speak.</summary>
    public ushort Version { get; private set; }

    /// <summary>Reads the hello. Null with the challenge to send, or why not.</summary>
    public LinkRefusal? OnHello(ReadOnlyMemory<byte> message, out ReadOnlyMemory<byte> challenge)
    {
        challenge = default;
        if (!LinkMessages.TryReadHello(message, out var versions, out var target, out var node) || node.Node == self.Node.Node)
        {
            return LinkRefusal.BadMessage;
        }

        if (target != self.Node.Node)
        {
            return LinkRefusal.WrongNode;
        }

        if (self.Versions.Choose(versions) is not { } version)
        {
            return LinkRefusal.Version;
        }

        Peer = node;
        Version = version;
        _hello = message;
        var body = LinkMessages.WriteChallenge(version, self.Node, nonce.Span);
        challenge = _challenge = (byte[])[.. body, .. self.Prove(LinkRole.Challenge, _hello, body)];
        return null;
    }

    /// <summary>Checks the proof. Null when the peer is who it said, with the position that it offers to go on from.</summary>
    public LinkRefusal? OnProof(ReadOnlyMemory<byte> message, out LinkPosition position)
    {
        if (!LinkMessages.TryReadProof(message, out position))
        {
            return LinkRefusal.BadMessage;
        }

        _proof = message;
        var body = message[..^LinkMessages.ProofLength];
        return self.IsProof(message.Span[^LinkMessages.ProofLength..], LinkRole.Proof, _hello, _challenge, body)
            ? null
            : LinkRefusal.NotAuthentic;
    }

    /// <summary>The last message.</summary>
    public ReadOnlyMemory<byte> Welcome(LinkPosition position)
    {
        var body = LinkMessages.WriteWelcome(position);
        return (byte[])[.. body, .. self.Prove(LinkRole.Welcome, _hello, _challenge, _proof, body)];
    }
}
