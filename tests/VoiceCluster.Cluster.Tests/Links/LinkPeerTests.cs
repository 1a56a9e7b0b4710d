using VoiceCluster.Cluster.Links;
using VoiceCluster.Cluster.Transport;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Tests.Links;

public sealed class LinkPeerTests
{
    private static readonly NodeIncarnation Other = new(new NodeId("b"), 2);

    private static readonly LinkOptions Options = new()
    {
        BackoffMin = TimeSpan.FromMilliseconds(5),
        BackoffMax = TimeSpan.FromMilliseconds(20),
        UnreachableAfter = TimeSpan.FromHours(1),
        KeepFor = TimeSpan.FromHours(2),
        SilenceDeadline = TimeSpan.FromHours(1),
        PacketBytes = 64,
        Jitter = () => 0,
    };

    [Fact]
    public void Over_connections_that_break_and_cross_every_frame_arrives_once_and_in_order()
    {
        var again = 0;
        for (var seed = 0; seed < 300; seed++)
        {
            var pair = new LinkPair(seed, Options);
            for (var i = 0; i < 2_000; i++)
            {
                pair.Send(i % 2 == 0 ? pair.A : pair.B, i);
                pair.Step(mayBreak: true);
            }

            Settle(pair);
            pair.B.Received.ShouldBe(pair.A.Sent, $"seed {seed}");
            pair.A.Received.ShouldBe(pair.B.Sent, $"seed {seed}");
            pair.A.Lost.Concat(pair.B.Lost).ShouldBeEmpty($"seed {seed}");
            again += pair.A.Again + pair.B.Again;
        }

        again.ShouldBeGreaterThan(1000, "the connections broke with frames on them");
    }

    [Fact]
    public void Of_connections_that_cross_one_is_left_and_both_ends_agree_which()
    {
        for (var seed = 0; seed < 2_000; seed++)
        {
            var pair = new LinkPair(seed, Options);
            pair.Send(pair.A, 1);
            pair.Send(pair.B, 2);
            pair.Tick(pair.A);
            pair.Tick(pair.B);
            pair.Wires.Count.ShouldBe(2);
            Settle(pair);

            var wire = pair.Wires.ShouldHaveSingleItem($"seed {seed}");
            pair.A.Peer.IsCurrent(wire.NumberOf(pair.A)).ShouldBeTrue($"seed {seed}");
            pair.B.Peer.IsCurrent(wire.NumberOf(pair.B)).ShouldBeTrue($"seed {seed}");
            pair.B.Received.ShouldBe([1]);
            pair.A.Received.ShouldBe([2]);
        }
    }

    [Fact]
    public void What_waits_for_a_node_is_bounded_in_frames_and_bytes()
    {
        var peer = new LinkPeer(new NodeId("a"), Other.Node, Options with { MaxWaitingFrames = 2, MaxWaitingBytes = 10, MaxFrameBytes = 8 });
        peer.TrySend(new byte[9], default).ShouldBe(SendResult.TooLarge);
        peer.TrySend(new byte[8], default).ShouldBe(SendResult.Queued);
        peer.TrySend(new byte[3], default).ShouldBe(SendResult.Full);
        peer.TrySend(new byte[2], default).ShouldBe(SendResult.Queued);
        peer.TrySend(Array.Empty<byte>(), default).ShouldBe(SendResult.Full);
    }

    [Fact]
    public void A_node_that_does_not_answer_is_unreachable_after_a_while_and_what_waited_is_given_up()
    {
        var peer = new LinkPeer(new NodeId("a"), Other.Node, Options with { UnreachableAfter = TimeSpan.FromSeconds(1) });
        var lost = new List<ReadOnlyMemory<byte>>();
        peer.TrySend(new byte[] { 7 }, TimeSpan.FromSeconds(10)).ShouldBe(SendResult.Queued);
        peer.Tick(TimeSpan.FromSeconds(10.9), lost).ShouldBe(LinkDue.Dial);
        lost.ShouldBeEmpty();

        peer.Tick(TimeSpan.FromSeconds(11), lost).ShouldBe(LinkDue.Dial | LinkDue.TellUnreachable);
        lost.ShouldHaveSingleItem().ToArray().ShouldBe([7]);
        peer.TrySend(new byte[] { 8 }, TimeSpan.FromSeconds(11)).ShouldBe(SendResult.Unreachable);
        peer.Tick(TimeSpan.FromSeconds(12), lost).ShouldBe(LinkDue.Dial);
    }

    [Fact]
    public void Attempts_come_ever_more_slowly_and_never_two_at_once()
    {
        var peer = new LinkPeer(new NodeId("a"), Other.Node, Options);
        peer.TryBeginDial(default, out _).ShouldBeFalse();
        peer.Want(default);
        peer.TryBeginDial(default, out var dial).ShouldBeTrue();
        peer.TryBeginDial(default, out _).ShouldBeFalse();

        var now = TimeSpan.Zero;
        foreach (var wait in new[] { 5, 10, 20, 20, 20 })
        {
            peer.FailDial(dial, now);
            peer.TryBeginDial(now + TimeSpan.FromMilliseconds(wait - 1), out _).ShouldBeFalse();
            now += TimeSpan.FromMilliseconds(wait);
            peer.TryBeginDial(now, out dial).ShouldBeTrue();
        }
    }

    [Fact]
    public void A_node_that_comes_back_as_another_gets_what_was_never_written_and_not_what_may_have_arrived()
    {
        var peer = new LinkPeer(new NodeId("a"), Other.Node, Options);
        var up = AcceptConfirmed(peer);
        peer.TrySend(new byte[] { 1 }, default);
        peer.Write(up.Connection, new FrameWriter(), default).ShouldBe(1);
        peer.TrySend(new byte[] { 2 }, default);

        var renewed = peer.Accept(Other with { Incarnation = 3 }, new LinkPosition(5, 0), freshName: 6, default);

        renewed.Position.ShouldBe(new LinkPosition(6, 0));
        renewed.Lost.ShouldHaveSingleItem().ToArray().ShouldBe([1]);
        peer.IsCurrent(up.Connection).ShouldBeFalse();
        peer.Receive(renewed.Connection, Pong(0), [], default).ShouldBe(LinkReceipt.Write);
        var packet = new FrameWriter();
        peer.Write(renewed.Connection, packet, default).ShouldBe(1);
        packet.Written.ToArray()[^1].ShouldBe((byte)2);
    }

    [Fact]
    public void Nothing_is_written_into_a_new_stream_before_the_dialer_has_it_too()
    {
        var peer = new LinkPeer(new NodeId("a"), Other.Node, Options);
        var up = peer.Accept(Other, default, freshName: 5, default);
        peer.TrySend(new byte[] { 1 }, default);
        peer.Write(up.Connection, new FrameWriter(), default).ShouldBe(0);
        peer.Receive(up.Connection, Pong(0), [], default).ShouldBe(LinkReceipt.Write);
        peer.Write(up.Connection, new FrameWriter(), default).ShouldBe(1);
    }

    [Fact]
    public void Silence_ends_a_connection_and_pings_keep_it()
    {
        var peer = new LinkPeer(new NodeId("a"), Other.Node, Options with { SilenceDeadline = TimeSpan.FromSeconds(3), HeartbeatInterval = TimeSpan.FromSeconds(1) });
        var up = peer.Accept(Other, default, freshName: 5, default);
        peer.Tick(default, []).ShouldBe(LinkDue.Write);
        var packet = new FrameWriter();
        peer.Write(up.Connection, packet, default);
        Convert.ToHexString(packet.Written.Span).ShouldBe($"12{0:X16}");
        peer.Tick(TimeSpan.FromSeconds(0.9), []).ShouldBe(LinkDue.None);

        peer.Receive(up.Connection, Pong(0), [], TimeSpan.FromSeconds(2)).ShouldBe(LinkReceipt.Taken);
        peer.RoundTrip.ShouldBe(TimeSpan.FromSeconds(2));
        peer.Tick(TimeSpan.FromSeconds(4.9), []).ShouldBe(LinkDue.Write);
        peer.Tick(TimeSpan.FromSeconds(5), []).ShouldBe(LinkDue.Abort);
    }

    [Fact]
    public void After_a_goodbye_nothing_is_waited_for()
    {
        var peer = new LinkPeer(new NodeId("a"), Other.Node, Options);
        var up = AcceptConfirmed(peer);
        peer.TrySend(new byte[] { 1 }, default);
        peer.Write(up.Connection, new FrameWriter(), default);
        peer.Receive(up.Connection, new byte[] { 20 }, [], default).ShouldBe(LinkReceipt.Taken);
        peer.Drop(up.Connection, default);

        peer.IsUnreachable.ShouldBeTrue();
        var lost = new List<ReadOnlyMemory<byte>>();
        peer.Tick(default, lost).HasFlag(LinkDue.TellUnreachable).ShouldBeTrue();
        lost.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("10000000000000000200000000")] // a frame out of order
    [InlineData("100000000000000001000000010000")] // longer than it says
    [InlineData("10000000000000000100000002AA")] // shorter than it says
    [InlineData("110000000000000001")] // acknowledges what was never sent
    [InlineData("13FFFFFFFFFFFFFFFF")] // a pong for a ping of the future
    [InlineData("15")]
    [InlineData("12")]
    [InlineData("00")]
    public void What_breaks_the_protocol_is_noticed(string packet)
    {
        var peer = new LinkPeer(new NodeId("a"), Other.Node, Options);
        var up = peer.Accept(Other, default, freshName: 5, default);
        peer.Receive(up.Connection, Convert.FromHexString(packet), [], default).ShouldBe(LinkReceipt.Violation);
    }

    [Fact]
    public void A_frame_that_comes_twice_is_dropped()
    {
        var peer = new LinkPeer(new NodeId("a"), Other.Node, Options);
        var up = peer.Accept(Other, default, freshName: 5, default);
        var frames = new List<ReadOnlyMemory<byte>>();
        var twice = Convert.FromHexString("10000000000000000100000001AA10000000000000000100000001AA");
        peer.Receive(up.Connection, twice, frames, default).ShouldBe(LinkReceipt.Taken);
        frames.ShouldHaveSingleItem().ToArray().ShouldBe([0xAA]);
    }

    [Fact]
    public void What_comes_on_a_replaced_connection_has_no_effect()
    {
        var peer = new LinkPeer(new NodeId("a"), Other.Node, Options);
        var old = peer.Accept(Other, default, freshName: 5, default);
        peer.Accept(Other, old.Position, freshName: 6, default).Position.ShouldBe(old.Position);
        var frames = new List<ReadOnlyMemory<byte>>();
        peer.Receive(old.Connection, Convert.FromHexString("10000000000000000100000001AA"), frames, default).ShouldBe(LinkReceipt.Outdated);
        frames.ShouldBeEmpty();
        peer.Drop(old.Connection, default);
        peer.IsConnected.ShouldBeTrue();
    }

    private static void Settle(LinkPair pair)
    {
        for (var i = 0; i < 20_000 && !IsSettled(pair); i++)
        {
            pair.Step(mayBreak: false);
        }
    }

    private static bool IsSettled(LinkPair pair) =>
        pair.A.Peer.IsConnected
        && pair.B.Peer.IsConnected
        && pair.Wires.Count == 1
        && pair.B.Received.Count >= pair.A.Sent.Count
        && pair.A.Received.Count >= pair.B.Sent.Count;

    /// <summary>A connection whose dialer has shown that it stands there too.</summary>
    private static LinkUp AcceptConfirmed(LinkPeer peer)
    {
        var up = peer.Accept(Other, default, freshName: 5, default);
        peer.Receive(up.Connection, Pong(0), [], default).ShouldBe(LinkReceipt.Taken);
        return up;
    }

    private static byte[] Pong(ulong token)
    {
        var packet = new FrameWriter();
        LinkPackets.WritePong(packet, token);
        return packet.ToArray();
    }
}
