using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Gateways.Splices;

namespace VoiceCluster.Gateways.Tests.Splices;

public sealed class SpliceFlowTests
{
    private const int Window = 32;
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(50);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    private readonly End _session = new(SpliceLimits.AtSession(Silence));
    private readonly End _client = new(SpliceLimits.AtClient(Silence));

    [Fact]
    public void Text_and_binary_go_both_ways_unchanged()
    {
        _session.Send(1);
        _session.Send(2, isText: false);
        _client.Send(3, isText: false);
        Exchange();

        _client.Delivered.Select(frame => (frame.Payload.Span[0], frame.IsText)).ShouldBe([((byte)1, true), ((byte)2, false)]);
        _session.Delivered.Select(frame => (frame.Payload.Span[0], frame.IsText)).ShouldBe([((byte)3, false)]);
    }

    [Fact]
    public void No_more_than_a_window_is_on_its_way_until_frames_are_taken()
    {
        for (byte number = 0; number < Window + 3; number++)
        {
            _session.Send(number);
        }

        Exchange();
        _client.Delivered.Count.ShouldBe(Window);
        _session.Flow.Taken.ShouldBe(0);

        _client.Handle();
        _client.Handle();
        Exchange();

        _client.Delivered.Count.ShouldBe(Window + 2);
        _session.Flow.Taken.ShouldBe(2);
        _client.Delivered.Select(frame => frame.Payload.Span[0]).ShouldBe(Enumerable.Range(0, Window + 2).Select(number => (byte)number));
    }

    [Fact]
    public void A_clients_next_message_goes_when_the_session_is_done_with_the_last()
    {
        _client.Send(1);
        _client.Send(2);
        Exchange();
        _session.Delivered.Count.ShouldBe(1);

        _session.Handle();
        Exchange();

        _session.Delivered.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(100 * 1024, 2)]
    [InlineData(SpliceFlow.WindowBytes, 1)]
    [InlineData(SpliceFlow.WindowBytes + 1, 1)]
    public void No_more_bytes_than_a_window_are_on_their_way_but_for_a_single_frame(int length, int expected)
    {
        for (var number = 0; number < 3; number++)
        {
            _session.Flow.TrySend(new byte[length], isText: true, TimeSpan.Zero).ShouldBeTrue();
        }

        Exchange();

        _client.Delivered.Count.ShouldBe(expected);
    }

    [Fact]
    public void A_client_that_takes_nothing_is_too_slow_when_as_many_wait_as_for_a_socket()
    {
        for (var number = 0; number < SpliceFlow.MaxWaiting + Window; number++)
        {
            _session.Flow.TrySend(new byte[1], isText: true, TimeSpan.Zero).ShouldBeTrue();
        }

        _session.Flow.TrySend(new byte[1], isText: true, TimeSpan.Zero).ShouldBeFalse();
    }

    [Fact]
    public void A_close_comes_behind_all_that_was_sent_before()
    {
        for (byte number = 0; number <= Window; number++)
        {
            _session.Send(number);
        }

        _session.Flow.End(4014, "Left", TimeSpan.Zero);
        Exchange();
        _client.Ended.ShouldBeEmpty();

        _client.Handle();
        Exchange();

        _client.Delivered.Count.ShouldBe(Window + 1);
        _client.Ended.ShouldBe([new SpliceOutput.Ended(4014, "Left", IsLost: false)]);
        _client.Flow.IsOver.ShouldBeTrue();
        _session.Flow.IsOver.ShouldBeTrue();
        _session.Ended.ShouldBeEmpty();
    }

    [Fact]
    public void A_close_does_not_wait_for_a_client_that_takes_nothing()
    {
        for (byte number = 0; number <= Window; number++)
        {
            _session.Send(number);
        }

        _session.Flow.End(4009, "Reads too slowly", TimeSpan.Zero);
        Exchange();
        _session.Flow.HandleTimeout(SpliceFlow.ClosingDeadline);
        Exchange();

        _client.Ended.ShouldHaveSingleItem().Code.ShouldBe(4009);
        _client.Delivered.Count.ShouldBe(Window);
    }

    [Fact]
    public void Who_has_ended_is_told_nothing_more()
    {
        _session.Flow.End(4006, "Replaced", TimeSpan.Zero);
        _client.Send(1);
        _client.Flow.End(1000, null, TimeSpan.Zero);
        Exchange();

        _session.Delivered.ShouldBeEmpty();
        _session.Ended.ShouldBeEmpty();
        _client.Ended.ShouldBeEmpty();
        _session.Flow.IsOver.ShouldBeTrue();
        _client.Flow.IsOver.ShouldBeTrue();
    }

    [Fact]
    public void A_frame_that_the_link_refuses_breaks_the_splice_and_the_other_end_is_told_when_it_can_be()
    {
        _session.IsReachable = false;
        _session.Send(1);
        Exchange();
        _session.Ended.ShouldHaveSingleItem().IsLost.ShouldBeTrue();
        _session.Flow.IsOver.ShouldBeFalse();

        _session.IsReachable = true;
        _session.Flow.HandleTimeout(Tick);
        Exchange();

        _client.Delivered.ShouldBeEmpty();
        _client.Ended.ShouldHaveSingleItem().Code.ShouldBeNull();
        _session.Flow.IsOver.ShouldBeTrue();
    }

    [Fact]
    public void An_end_whose_frame_is_not_taken_soon_finds_out_whether_the_link_stands()
    {
        _session.Send(1);
        _session.Drain();
        _session.Flow.HandleTimeout(Tick);
        _session.Drain();
        _session.Ended.ShouldBeEmpty();

        _session.IsReachable = false;
        _session.Flow.HandleTimeout(Tick * 2);
        _session.Drain();

        _session.Ended.ShouldHaveSingleItem().IsLost.ShouldBeTrue();
    }

    [Fact]
    public void An_end_without_a_frame_on_its_way_says_nothing()
    {
        _session.Flow.HandleTimeout(Tick);
        _session.Drain();

        _session.Said.ShouldBeEmpty();
    }

    [Fact]
    public void A_node_that_cannot_be_reached_is_not_told_for_ever()
    {
        _session.IsReachable = false;
        _session.Send(1);
        Exchange();
        for (var now = Tick; now < SpliceFlow.GoodbyeDeadline; now += Tick)
        {
            _session.Flow.HandleTimeout(now);
            Exchange();
            _session.Flow.IsOver.ShouldBeFalse();
        }

        _session.Flow.HandleTimeout(SpliceFlow.GoodbyeDeadline);

        _session.Flow.IsOver.ShouldBeTrue();
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("twice")]
    [InlineData("too many")]
    [InlineData("never sent")]
    public void What_cannot_be_breaks_the_splice(string what)
    {
        ISpliceMessage[] said = what switch
        {
            "missing" => [Frame(2)],
            "twice" => [Frame(1), Frame(1)],
            "too many" => [Frame(1), Frame(2)],
            _ => [new SpliceTaken(1)],
        };
        foreach (var message in said)
        {
            _session.Flow.Receive(message, TimeSpan.Zero);
        }

        Exchange();

        _session.Ended.ShouldHaveSingleItem().IsLost.ShouldBeTrue();
        _client.Ended.ShouldHaveSingleItem();
    }

    [Fact]
    public void An_end_that_says_nothing_for_long_is_gone()
    {
        _session.Flow.Receive(new SpliceTaken(0), TimeSpan.FromSeconds(10));

        _session.Flow.HandleTimeout(Silence);
        _session.Drain();
        _session.Ended.ShouldBeEmpty();

        _session.Flow.HandleTimeout(Silence + TimeSpan.FromSeconds(10));
        _session.Drain();
        _session.Ended.ShouldHaveSingleItem().IsLost.ShouldBeTrue();
    }

    [Fact]
    public void A_side_whose_other_end_is_gone_with_its_node_is_told_once()
    {
        _session.Flow.Lose();
        _session.Flow.Lose();
        _session.Drain();

        _session.Ended.ShouldHaveSingleItem().IsLost.ShouldBeTrue();
        _session.Said.ShouldBeEmpty();
        _session.Flow.IsOver.ShouldBeTrue();
        _session.Flow.TrySend(new byte[1], isText: true, TimeSpan.Zero).ShouldBeTrue();
    }

    [Fact]
    public void Whatever_happens_each_side_is_given_what_the_other_sent_from_its_beginning_without_a_gap() =>
        Prop.ForAll<int[]>(steps =>
        {
            var (session, client) = (new End(SpliceLimits.AtSession(Silence)), new End(SpliceLimits.AtClient(Silence)));
            var now = TimeSpan.Zero;
            byte sent = 0;
            foreach (var step in steps)
            {
                var (end, other) = (step & 8) == 0 ? (session, client) : (client, session);
                now += Tick;
                switch (step & 7)
                {
                    case 0 or 1 or 2:
                        end.Send(sent++, isText: sent % 3 == 0);
                        break;
                    case 3:
                        end.Handle();
                        break;
                    case 4:
                        other.Take(end);
                        break;
                    case 5 when (step & 0xF0) == 0:
                        end.IsReachable = !end.IsReachable;
                        break;
                    case 6 when (step & 0xF0) == 0:
                        end.Flow.End(1000, null, now);
                        break;
                    case 7:
                        end.Flow.HandleTimeout(now);
                        break;
                }

                session.Drain();
                client.Drain();
                IsPrefix(client.Delivered, session.Sent).ShouldBeTrue();
                IsPrefix(session.Delivered, client.Sent).ShouldBeTrue();
                (session.Flow.Taken <= client.Delivered.Count).ShouldBeTrue();
                session.Ended.Count.ShouldBeLessThanOrEqualTo(1);
                client.Ended.Count.ShouldBeLessThanOrEqualTo(1);
            }
        }).QuickCheckThrowOnFailure();

    private static bool IsPrefix(List<SpliceFrame> delivered, List<byte> sent) =>
        delivered.Select(frame => frame.Payload.Span[0]).SequenceEqual(sent.Take(delivered.Count));

    private static SpliceFrame Frame(long number) => new(number, IsText: true, new byte[1]);

    private void Exchange()
    {
        bool moved;
        do
        {
            _session.Drain();
            _client.Drain();
            moved = _client.Take(_session) | _session.Take(_client);
        }
        while (moved);
    }

    /// <summary>One end, and what its side and its link see.</summary>
    private sealed class End(SpliceLimits limits)
    {
        public SpliceFlow Flow { get; } = new(limits, TimeSpan.Zero);

        public bool IsReachable { get; set; } = true;

        public List<byte> Sent { get; } = [];

        public Queue<ISpliceMessage> Said { get; } = new();

        public List<SpliceFrame> Delivered { get; } = [];

        public List<SpliceOutput.Ended> Ended { get; } = [];

        public void Send(byte content, bool isText = true)
        {
            var wasOpen = Flow.IsOpen;
            Flow.TrySend(new[] { content }, isText, TimeSpan.Zero).ShouldBeTrue();
            if (wasOpen)
            {
                Sent.Add(content);
            }
        }

        public void Handle() => Flow.Handle();

        /// <summary>Receives all that the other end has said.</summary>
        public bool Take(End other)
        {
            var moved = other.Said.Count > 0;
            while (other.Said.TryDequeue(out var message))
            {
                Flow.Receive(message, TimeSpan.Zero);
            }

            return moved;
        }

        public void Drain()
        {
            while (Flow.TryPoll(out var output))
            {
                switch (output)
                {
                    case SpliceOutput.Transmit { Message: var message }:
                        if (IsReachable)
                        {
                            Said.Enqueue(message);
                        }

                        Flow.Transmitted(message, IsReachable, TimeSpan.Zero);
                        break;
                    case SpliceOutput.Deliver { Frame: var frame }:
                        Delivered.Add(frame);
                        break;
                    case SpliceOutput.Ended ended:
                        Ended.Add(ended);
                        break;
                }
            }
        }
    }
}
