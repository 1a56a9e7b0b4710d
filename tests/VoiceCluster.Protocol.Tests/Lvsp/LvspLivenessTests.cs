using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Protocol.Tests.Lvsp;

public sealed class LvspLivenessTests
{
    [Fact]
    public void A_ping_goes_out_every_twenty_seconds()
    {
        var rig = LvspRig.Live();
        rig.AdvanceWithPongs(TimeSpan.FromSeconds(100));
        rig.Drain().OfType<LvspOutput.SendPing>().Count().ShouldBe(5);
    }

    [Fact]
    public void Silence_of_a_minute_closes()
    {
        var rig = LvspRig.Live();
        rig.Advance(TimeSpan.FromSeconds(59.999));
        rig.DrainClose().ShouldBeNull();
        rig.Advance(TimeSpan.FromSeconds(0.001));
        rig.ShouldCloseWith(4000, "heartbeat timeout");
    }

    [Fact]
    public void A_silent_client_that_answers_pings_lives_on()
    {
        var rig = LvspRig.Live();
        rig.AdvanceWithPongs(TimeSpan.FromHours(12));
        rig.Connection.State.ShouldBe(LvspConnectionState.Live);
    }

    [Fact]
    public void A_sign_of_life_that_is_reported_late_counts_from_when_it_was_seen()
    {
        var rig = LvspRig.Live();
        rig.Advance(TimeSpan.FromSeconds(40));
        rig.Connection.HandlePong(rig.Now - TimeSpan.FromSeconds(10));
        rig.Connection.HandlePong(rig.Now - TimeSpan.FromSeconds(30));
        rig.Advance(TimeSpan.FromSeconds(49));
        rig.DrainClose().ShouldBeNull();
        rig.Advance(TimeSpan.FromSeconds(1));
        rig.ShouldCloseWith(4000, "heartbeat timeout");
    }

    [Fact]
    public void Any_frame_shows_life()
    {
        var rig = LvspRig.Live();
        for (var i = 0; i < 20; i++)
        {
            rig.Advance(TimeSpan.FromSeconds(59));
            rig.Text("""{"op":6,"d":{"type":0,"data":{"channel_id":"30"}}}""");
        }

        rig.Connection.State.ShouldBe(LvspConnectionState.Live);
    }

    [Fact]
    public void After_its_first_heartbeat_a_client_is_held_to_the_announced_interval()
    {
        var rig = LvspRig.Live();
        rig.AdvanceWithPongs(TimeSpan.FromSeconds(10));
        rig.Text("""{"op":4}""");
        rig.AdvanceWithPongs(TimeSpan.FromSeconds(74.9));
        rig.DrainClose().ShouldBeNull();
        rig.AdvanceWithPongs(TimeSpan.FromSeconds(0.1));
        rig.ShouldCloseWith(4000, "heartbeat timeout");
    }

    [Fact]
    public void A_client_that_takes_milliseconds_for_seconds_is_held_to_its_own_gap()
    {
        var rig = LvspRig.Live();
        var eightHours = TimeSpan.FromSeconds(30_000);
        rig.AdvanceWithPongs(eightHours);
        rig.Text("""{"op":4}""");
        rig.AdvanceWithPongs(eightHours * 2.4);
        rig.Drain().OfType<LvspOutput.Close>().ShouldBeEmpty();
        rig.AdvanceWithPongs(eightHours * 0.1);
        rig.ShouldCloseWith(4000, "heartbeat timeout");
    }

    [Fact]
    public void The_longest_gap_counts_even_when_later_ones_are_short()
    {
        var rig = LvspRig.Live();
        rig.AdvanceWithPongs(TimeSpan.FromSeconds(100));
        rig.Text("""{"op":4}""");
        rig.AdvanceWithPongs(TimeSpan.FromSeconds(30));
        rig.Text("""{"op":4}""");
        rig.AdvanceWithPongs(TimeSpan.FromSeconds(249));
        rig.DrainClose().ShouldBeNull();
        rig.AdvanceWithPongs(TimeSpan.FromSeconds(1));
        rig.ShouldCloseWith(4000, "heartbeat timeout");
    }

    [Fact]
    public void With_heartbeats_required_the_first_is_due_after_two_and_a_half_intervals()
    {
        var rig = LvspRig.Live(LvspRig.Options with { RequireHeartbeat = true });
        rig.AdvanceWithPongs(TimeSpan.FromSeconds(74));
        rig.DrainClose().ShouldBeNull();
        rig.AdvanceWithPongs(TimeSpan.FromSeconds(1));
        rig.ShouldCloseWith(4000, "heartbeat timeout");
    }

    [Fact]
    public void With_heartbeats_required_the_announced_interval_counts_and_no_gap()
    {
        var rig = LvspRig.Live(LvspRig.Options with { RequireHeartbeat = true });
        rig.AdvanceWithPongs(TimeSpan.FromSeconds(70));
        rig.Text("""{"op":4}""");
        rig.AdvanceWithPongs(TimeSpan.FromSeconds(74));
        rig.DrainClose().ShouldBeNull();
        rig.AdvanceWithPongs(TimeSpan.FromSeconds(1));
        rig.ShouldCloseWith(4000, "heartbeat timeout");
    }

    [Fact]
    public void A_socket_that_watches_itself_is_neither_pinged_nor_judged_by_silence()
    {
        var rig = LvspRig.Live(LvspRig.Options with { SocketWatchesSilence = true });
        rig.Advance(TimeSpan.FromHours(1));
        rig.Drain().ShouldBeEmpty();
        rig.Text("""{"op":4}""");
        rig.Drain();
        rig.Advance(TimeSpan.FromHours(2.5));
        rig.ShouldCloseWith(4000, "heartbeat timeout");
    }
}
