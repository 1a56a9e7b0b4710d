using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Gateways.Sockets;
using VoiceCluster.Gateways.Voice;
using VoiceCluster.Protocol.Gateway;

namespace VoiceCluster.Gateways.Tests.Splices;

/// <summary>Two nodes: one has the client's socket, the other one the session.</summary>
public sealed class SocketSplicerTests
{
    [Fact]
    public async Task The_session_is_given_the_resume_and_where_the_client_is()
    {
        await using var bed = new SpliceBed();
        var client = bed.NewSocket();
        var connection = SpliceBed.Resuming();

        (await bed.HandOverAsync(client, connection)).ShouldBeTrue();

        connection.Phase.ShouldBe(VoiceConnectionPhase.Closed);
        client.IsIdentified.ShouldBeTrue();
        var resume = (FrameReceived)await bed.Owner.NextAsync();
        resume.IsText.ShouldBeTrue();
        Encoding.UTF8.GetString(resume.Payload.Span).ShouldContain("\"seq_ack\":5");
        bed.Owner.Opened!.Peer.ShouldBe("192.0.2.7");
        bed.Owner.Opened.Version.ShouldBe(8);
    }

    [Fact]
    public async Task Messages_go_both_ways_and_the_clients_one_at_a_time()
    {
        await using var bed = new SpliceBed();
        var (client, session) = await bed.SpliceAsync();

        client.Say("five");
        var five = (FrameReceived)await bed.Owner.NextAsync();
        client.MayBeRead.ShouldBeFalse();
        five.Socket.Handled();
        await client.UntilReadAsync();
        client.Say("\u001c\u0001", isText: false);
        session.TrySend("{}"u8.ToArray()).ShouldBeTrue();
        session.TrySend(new byte[] { 1, 2 }, isText: false).ShouldBeTrue();

        Encoding.UTF8.GetString(five.Payload.Span).ShouldBe("five");
        ((FrameReceived)await bed.Owner.NextAsync()).IsText.ShouldBeFalse();
        (await client.NextAsync()).ShouldSatisfyAllConditions(sent => sent.Text.ShouldBe("{}"), sent => sent.IsText.ShouldBeTrue());
        (await client.NextAsync()).IsText.ShouldBeFalse();
    }

    [Fact]
    public async Task What_waits_for_a_message_to_be_written_waits_for_the_clients_own_socket()
    {
        await using var bed = new SpliceBed();
        var (client, session) = await bed.SpliceAsync();
        var written = new TaskCompletionSource();

        session.TrySend("description"u8.ToArray());
        session.TryNotify(() => written.TrySetResult());

        var sent = await client.NextAsync();
        written.Task.IsCompleted.ShouldBeFalse();
        sent.Written!();
        await written.Task.WaitAsync(SpliceBed.Limit);
    }

    [Fact]
    public async Task The_sessions_close_is_the_clients_behind_all_that_was_sent()
    {
        await using var bed = new SpliceBed();
        var (client, session) = await bed.SpliceAsync();

        session.TrySend("last"u8.ToArray());
        session.CloseUnowned((int)VoiceCloseCode.Disconnected, "Left or moved");

        (await client.Closed).ShouldBe(4014);
        (await client.NextAsync()).Text.ShouldBe("last");
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(null)]
    public async Task The_clients_close_is_told_to_the_session_and_nothing_stays(int? code)
    {
        await using var bed = new SpliceBed();
        var (client, session) = await bed.SpliceAsync();

        client.Tell(new SocketClosed(client, code));

        var closed = (SocketClosed)await bed.Owner.NextAsync();
        closed.ShouldBe(new SocketClosed(session, code));
        await UntilNothingIsLeftAsync(bed);
    }

    [Fact]
    public async Task A_message_that_is_too_long_closes_the_client_and_the_session_waits_for_it()
    {
        await using var bed = new SpliceBed();
        var (client, _) = await bed.SpliceAsync();

        client.Tell(new FrameTooLarge(client));

        (await client.Closed).ShouldBe(4002);
        ((SocketClosed)await bed.Owner.NextAsync()).Code.ShouldBeNull();
    }

    [Fact]
    public async Task A_node_that_stops_sends_the_client_away_and_the_session_waits_for_it()
    {
        await using var bed = new SpliceBed();
        var (client, _) = await bed.SpliceAsync();

        client.Tell(new BeginVoiceShutdown());

        (await client.Closed).ShouldBe(4015);
        ((SocketClosed)await bed.Owner.NextAsync()).Code.ShouldBeNull();
        await UntilNothingIsLeftAsync(bed);
    }

    [Fact]
    public async Task A_link_that_takes_nothing_more_ends_both_sides()
    {
        await using var bed = new SpliceBed();
        var (client, session) = await bed.SpliceAsync();
        bed.CutLink();

        client.Say("lost");
        session.TrySend("lost"u8.ToArray()).ShouldBeTrue();
        bed.Time.Advance(TimeSpan.FromSeconds(1));

        (await client.Closed).ShouldBe(4015);
        ((SocketClosed)await bed.Owner.NextAsync()).Code.ShouldBeNull();
    }

    [Theory]
    [InlineData("holder")]
    [InlineData("entry")]
    public async Task A_node_that_is_lost_ends_the_side_on_the_other_one(string node)
    {
        await using var bed = new SpliceBed();
        var (client, _) = await bed.SpliceAsync();

        bed.Lost.Add(new NodeId(node));
        bed.Time.Advance(TimeSpan.FromSeconds(1));

        if (node == "holder")
        {
            (await client.Closed).ShouldBe(4015);
        }
        else
        {
            ((SocketClosed)await bed.Owner.NextAsync()).Code.ShouldBeNull();
        }
    }

    [Fact]
    public async Task A_socket_is_not_taken_where_there_are_too_many_and_stays_with_its_owner()
    {
        await using var bed = new SpliceBed(maximum: 1);
        await bed.SpliceAsync();
        var second = bed.NewSocket();
        var connection = SpliceBed.Resuming();

        (await bed.HandOverAsync(second, connection)).ShouldBeFalse();

        connection.Phase.ShouldBe(VoiceConnectionPhase.Authenticating);
        second.Owner.ShouldBeNull();
        second.IsClosed.ShouldBeFalse();
    }

    [Fact]
    public async Task A_place_is_free_again_when_a_splice_is_over()
    {
        await using var bed = new SpliceBed(maximum: 1);
        var (client, _) = await bed.SpliceAsync();
        client.Tell(new SocketClosed(client, null));
        await bed.Owner.NextAsync();
        await UntilNothingIsLeftAsync(bed);
        bed.Time.Advance(TimeSpan.FromSeconds(1));

        await bed.SpliceAsync();
    }

    [Fact]
    public async Task Ends_are_counted_by_role_while_they_last_and_losses_and_refusals_for_good()
    {
        var counts = new ConcurrentDictionary<string, long>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, listening) => Listen(instrument, listening) };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            counts.AddOrUpdate($"{instrument.Name} {tags[0].Value}", value, (_, sum) => sum + value));
        listener.Start();
        await using var bed = new SpliceBed(maximum: 1);
        await bed.SpliceAsync();
        counts["voicecluster.gateway.splices client"].ShouldBe(1);
        counts["voicecluster.gateway.splices session"].ShouldBe(1);

        (await bed.HandOverAsync(bed.NewSocket(), SpliceBed.Resuming())).ShouldBeFalse();
        counts["voicecluster.gateway.splices.refused limit"].ShouldBe(1);

        bed.Lost.Add(SpliceBed.HolderNode);
        bed.Time.Advance(TimeSpan.FromSeconds(1));
        counts["voicecluster.gateway.splices.lost client"].ShouldBe(1);
        counts["voicecluster.gateway.splices client"].ShouldBe(0);

        static void Listen(Instrument instrument, MeterListener listening)
        {
            if (instrument.Name.StartsWith("voicecluster.gateway.splices", StringComparison.Ordinal))
            {
                listening.EnableMeasurementEvents(instrument);
            }
        }
    }

    [Theory]
    [InlineData("knows nothing of splices")]
    [InlineData("cannot be reached")]
    public async Task A_socket_stays_with_its_owner_when_the_other_node(string what)
    {
        await using var bed = new SpliceBed(accepts: what == "cannot be reached");
        if (what == "cannot be reached")
        {
            bed.CutLink();
        }

        var client = bed.NewSocket();
        var connection = SpliceBed.Resuming();

        (await bed.HandOverAsync(client, connection)).ShouldBeFalse();

        connection.Phase.ShouldBe(VoiceConnectionPhase.Authenticating);
        client.IsClosed.ShouldBeFalse();
    }

    private static async Task UntilNothingIsLeftAsync(SpliceBed bed)
    {
        using var deadline = new CancellationTokenSource(SpliceBed.Limit);
        while (bed.Actors > 0)
        {
            deadline.Token.ThrowIfCancellationRequested();
            bed.Time.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Yield();
        }
    }
}
