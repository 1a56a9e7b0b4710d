using VoiceCluster.Cluster.Links;
using VoiceCluster.Cluster.Messages.Wire;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Fuzz.Targets;

/// <summary>Somebody at a node's cluster port: messages before any proof, packets after one, and messages in them.</summary>
internal sealed class NodeLinkTarget : IFuzzTarget
{
    private static readonly NodeIncarnation Self = new(new NodeId("a"), 1);
    private static readonly NodeIncarnation Peer = new(new NodeId("b"), 2);
    private static readonly LinkIdentity Identity = new(Self, "the secret of the fuzzer");
    private static readonly byte[] Nonce = new byte[LinkMessages.NonceLength];

    public string Name => "node-link";

    public IEnumerable<byte[]> Corpus
    {
        get
        {
            yield return new LinkDialer(new LinkIdentity(Peer, "the secret of the fuzzer"), Self.Node, Nonce).Hello.ToArray();
            yield return LinkMessages.WriteRefusal(LinkRefusal.Superseded);
            yield return [.. LinkMessages.WriteChallenge(1, Peer, Nonce), .. new byte[LinkMessages.ProofLength]];
            yield return [.. LinkMessages.WriteProof(new LinkPosition(1, 2)), .. new byte[LinkMessages.ProofLength]];
            yield return [.. LinkMessages.WriteWelcome(new LinkPosition(1, 2)), .. new byte[LinkMessages.ProofLength]];
            var packet = new FrameWriter();
            LinkPackets.WriteData(packet, 1, "one"u8);
            LinkPackets.WriteData(packet, 2, ClusterMessages.Codec.Encode(new Cluster.Messages.KeyExhausted()));
            LinkPackets.WritePing(packet, 7);
            LinkPackets.WritePong(packet, 0);
            LinkPackets.WriteAcknowledgement(packet, 0);
            LinkPackets.WriteGoodbye(packet);
            yield return packet.ToArray();
        }
    }

    public void Run(ReadOnlySpan<byte> input)
    {
        var message = input.ToArray();
        Handshake(message);
        Packets(message);
        ClusterMessages.Codec.TryDecode(input, out _);
    }

    /// <summary>Nobody who does not know the secret gets further than the challenge.</summary>
    private static void Handshake(byte[] message)
    {
        var accepter = new LinkAccepter(Identity, Nonce);
        if (accepter.OnHello(message, out _) is null)
        {
            Check(accepter.OnProof(message, out _) is not null);
        }

        var dialer = new LinkDialer(Identity, Peer.Node, Nonce);
        Check(dialer.OnChallenge(message) is not null);
        dialer.Prove(default);
        Check(dialer.OnWelcome(message, out _) is not null);
    }

    private static void Packets(byte[] message)
    {
        var link = new LinkPeer(Self.Node, Peer.Node, new LinkOptions());
        var up = link.Accept(Peer, default, freshName: 1, default);
        link.TrySend(message, default);
        var frames = new List<ReadOnlyMemory<byte>>();
        var receipt = link.Receive(up.Connection, message, frames, default);
        Check(receipt != LinkReceipt.Outdated);
        Check(frames.Sum(frame => frame.Length) <= message.Length);
        link.Write(up.Connection, new FrameWriter(), default);
        link.Tick(TimeSpan.FromSeconds(1), frames);
    }

    private static void Check(bool holds)
    {
        if (!holds)
        {
            throw new InvalidOperationException("The link broke a promise.");
        }
    }
}
