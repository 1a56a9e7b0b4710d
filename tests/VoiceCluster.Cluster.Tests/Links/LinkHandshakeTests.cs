using VoiceCluster.Cluster.Links;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Tests.Links;

public sealed class LinkHandshakeTests
{
    private const string Secret = "secret of sixteen and more";

    private static readonly NodeIncarnation A = new(new NodeId("a"), 1);
    private static readonly NodeIncarnation B = new(new NodeId("b"), 2);
    private static readonly byte[] NonceA = [.. Enumerable.Repeat((byte)0xAA, 32)];
    private static readonly byte[] NonceB = [.. Enumerable.Repeat((byte)0xBB, 32)];

    [Fact]
    public void Two_nodes_of_one_cluster_prove_themselves_and_tell_where_to_go_on()
    {
        var (dialer, accepter) = Pair();
        accepter.OnHello(dialer.Hello, out var challenge).ShouldBeNull();
        dialer.OnChallenge(challenge).ShouldBeNull();
        accepter.OnProof(dialer.Prove(new LinkPosition(7, 8)), out var offered).ShouldBeNull();
        dialer.OnWelcome(accepter.Welcome(new LinkPosition(9, 10)), out var welcome).ShouldBeNull();

        dialer.Peer.ShouldBe(B);
        accepter.Peer.ShouldBe(A);
        offered.ShouldBe(new LinkPosition(7, 8));
        welcome.ShouldBe(new LinkPosition(9, 10));
    }

    [Fact]
    public void Every_message_has_these_bytes()
    {
        var (dialer, accepter) = Pair();
        accepter.OnHello(dialer.Hello, out var challenge);
        dialer.OnChallenge(challenge);
        var proof = dialer.Prove(new LinkPosition(7, 8));
        accepter.OnProof(proof, out _);
        var welcome = accepter.Welcome(new LinkPosition(9, 10));

        var nonceA = string.Concat(Enumerable.Repeat("AA", 32));
        var nonceB = string.Concat(Enumerable.Repeat("BB", 32));
        Hex(dialer.Hello).ShouldBe($"0156434C00010001000162000161{1:X16}{nonceA}");
        Hex(challenge[..^32]).ShouldBe($"020001000162{2:X16}{nonceB}");
        Hex(proof[..^32]).ShouldBe($"03{7:X16}{8:X16}");
        Hex(welcome[..^32]).ShouldBe($"04{9:X16}{10:X16}");
        Hex(LinkMessages.WriteRefusal(LinkRefusal.Superseded)).ShouldBe("0505");
    }

    [Fact]
    public void Proofs_are_what_another_implementation_computes()
    {
        var (dialer, accepter) = Pair();
        accepter.OnHello(dialer.Hello, out var challenge);
        dialer.OnChallenge(challenge);
        Hex(challenge[^32..]).ShouldBe("9C0B809F2132F5B8FF4B41B8773F6CF4B74C43F1EC142E598E81ABF8F80F7DA7");
        Hex(dialer.Prove(default)[^32..]).ShouldBe("298FB7FB4332ED8C953895E652B8714F4FFCE42442FAD91C7DAEF94B94C55438");
    }

    [Theory]
    [InlineData(1, 1, 1, 2, 1)]
    [InlineData(1, 3, 2, 5, 3)]
    [InlineData(2, 2, 1, 2, 2)]
    public void Two_releases_speak_the_newest_version_that_both_know(int minA, int maxA, int minB, int maxB, int spoken)
    {
        var (dialer, accepter) = Pair(versionsA: new LinkVersions((ushort)minA, (ushort)maxA), versionsB: new LinkVersions((ushort)minB, (ushort)maxB));
        accepter.OnHello(dialer.Hello, out var challenge).ShouldBeNull();
        dialer.OnChallenge(challenge).ShouldBeNull();
        accepter.Version.ShouldBe((ushort)spoken);
        dialer.Version.ShouldBe((ushort)spoken);
    }

    [Fact]
    public void Releases_without_a_version_in_common_say_so()
    {
        var (dialer, accepter) = Pair(versionsA: new LinkVersions(1, 2), versionsB: new LinkVersions(3, 4));
        accepter.OnHello(dialer.Hello, out _).ShouldBe(LinkRefusal.Version);
        dialer.OnChallenge(LinkMessages.WriteRefusal(LinkRefusal.Version)).ShouldBe(LinkRefusal.Version);
    }

    [Fact]
    public void Another_secret_is_found_out_by_the_dialer_before_it_proves_anything()
    {
        var (dialer, accepter) = Pair(secretB: "another secret, as long");
        accepter.OnHello(dialer.Hello, out var challenge).ShouldBeNull();
        dialer.OnChallenge(challenge).ShouldBe(LinkRefusal.NotAuthentic);
    }

    [Fact]
    public void A_dialer_with_another_secret_is_refused()
    {
        var (dialer, accepter) = Pair();
        accepter.OnHello(dialer.Hello, out _);
        byte[] guessed = [3, .. new byte[16], .. new byte[32]];
        accepter.OnProof(guessed, out _).ShouldBe(LinkRefusal.NotAuthentic);
    }

    [Fact]
    public void A_node_that_was_not_meant_refuses_and_is_refused()
    {
        var dialer = new LinkDialer(new LinkIdentity(A, Secret), new NodeId("c"), NonceA);
        new LinkAccepter(new LinkIdentity(B, Secret), NonceB).OnHello(dialer.Hello, out _).ShouldBe(LinkRefusal.WrongNode);

        var c = new LinkAccepter(new LinkIdentity(B with { Node = new NodeId("c") }, Secret), NonceB);
        var forB = new LinkDialer(new LinkIdentity(A, Secret), B.Node, NonceA);
        c.OnHello(new LinkDialer(new LinkIdentity(A, Secret), new NodeId("c"), NonceA).Hello, out var challenge).ShouldBeNull();
        forB.OnChallenge(challenge).ShouldBe(LinkRefusal.NotAuthentic);
    }

    [Fact]
    public void A_node_does_not_link_to_itself() =>
        new LinkAccepter(new LinkIdentity(A, Secret), NonceB)
            .OnHello(new LinkDialer(new LinkIdentity(A, Secret), A.Node, NonceA).Hello, out _).ShouldBe(LinkRefusal.BadMessage);

    [Fact]
    public void What_one_side_says_cannot_be_turned_against_it()
    {
        // Somebody between the two, who knows no secret, plays each message back in every place.
        var (dialer, accepter) = Pair();
        accepter.OnHello(dialer.Hello, out var challenge);
        dialer.OnChallenge(dialer.Hello).ShouldBe(LinkRefusal.BadMessage);
        accepter.OnProof(challenge, out _).ShouldNotBeNull();
        dialer.OnChallenge(challenge).ShouldBeNull();
        var proof = dialer.Prove(default);
        dialer.OnWelcome(proof, out _).ShouldBe(LinkRefusal.BadMessage);
        var turned = proof.ToArray();
        turned[0] = 4;
        dialer.OnWelcome(turned, out _).ShouldBe(LinkRefusal.NotAuthentic);
        accepter.OnProof(proof, out _).ShouldBeNull();
    }

    [Fact]
    public void A_proof_of_an_earlier_connection_is_worth_nothing()
    {
        var (dialer, accepter) = Pair();
        accepter.OnHello(dialer.Hello, out var challenge);
        dialer.OnChallenge(challenge);
        var proof = dialer.Prove(default);

        var later = new LinkAccepter(new LinkIdentity(B, Secret), new byte[32]);
        later.OnHello(dialer.Hello, out _).ShouldBeNull();
        later.OnProof(proof, out _).ShouldBe(LinkRefusal.NotAuthentic);
        var laterDialer = new LinkDialer(new LinkIdentity(A, Secret), B.Node, new byte[32]);
        laterDialer.OnChallenge(challenge).ShouldBe(LinkRefusal.NotAuthentic);
    }

    [Fact]
    public void Any_changed_bit_of_any_message_ends_the_attempt()
    {
        for (var message = 0; message < 4; message++)
        {
            var length = Messages(message, (_, _) => { }).Length;
            for (var bit = 0; bit < length * 8; bit++)
            {
                var changed = bit;
                Messages(message, Change).Refused.ShouldBeTrue($"message {message}, bit {bit}");

                void Change(int stage, byte[] bytes)
                {
                    if (stage == message)
                    {
                        bytes[changed / 8] ^= (byte)(1 << (changed % 8));
                    }
                }
            }
        }
    }

    [Fact]
    public void Short_secrets_are_no_secrets() =>
        Should.Throw<ArgumentException>(() => new LinkIdentity(A, "only 15 letters"));

    /// <summary>A whole handshake whose messages somebody may change on the way.</summary>
    private static (bool Refused, int Length) Messages(int measured, Action<int, byte[]> tamper)
    {
        var (dialer, accepter) = Pair();
        var length = 0;
        var hello = Change(0, dialer.Hello);
        if (accepter.OnHello(hello, out var challenge) is not null || dialer.OnChallenge(Change(1, challenge)) is not null)
        {
            return (true, length);
        }

        if (accepter.OnProof(Change(2, dialer.Prove(new LinkPosition(1, 2))), out _) is not null)
        {
            return (true, length);
        }

        return (dialer.OnWelcome(Change(3, accepter.Welcome(new LinkPosition(3, 4))), out _) is not null, length);

        byte[] Change(int stage, ReadOnlyMemory<byte> message)
        {
            var bytes = message.ToArray();
            length = stage == measured ? bytes.Length : length;
            tamper(stage, bytes);
            return bytes;
        }
    }

    private static (LinkDialer Dialer, LinkAccepter Accepter) Pair(
        string secretA = Secret, string secretB = Secret, LinkVersions? versionsA = null, LinkVersions? versionsB = null) =>
        (new LinkDialer(new LinkIdentity(A, secretA, versionsA), B.Node, NonceA), new LinkAccepter(new LinkIdentity(B, secretB, versionsB), NonceB));

    private static string Hex(ReadOnlyMemory<byte> bytes) => Convert.ToHexString(bytes.Span);
}
