using VoiceCluster.Media.Tests.Support;

namespace VoiceCluster.Media.Tests.Relay;

/// <summary>A link that loses packets, by seeded chance.</summary>
public sealed class RelayLossTests : IDisposable
{
    private readonly RelayBed _bed = new(2);
    private readonly Random _chance = new(20_261_122);
    private readonly TestClient _speaker;
    private readonly TestClient _listener;

    public RelayLossTests()
    {
        (_speaker, _listener) = (_bed.Join(0), _bed.Join(1));
        _bed.Plan(_speaker, _listener);
    }

    public void Dispose() => _bed.Dispose();

    [Fact]
    public void Of_a_link_that_loses_nothing_no_frame_is_sent_twice()
    {
        Speak(seconds: 10).ShouldBe(500);

        var link = _bed.Link(0, 1);
        link.IsRepeating.ShouldBeFalse();
        link.SendLoss.ShouldBe(0);
        _bed.Link(1, 0).Recovered.ShouldBe(0);
    }

    [Fact]
    public void Where_one_in_twenty_is_lost_one_in_four_hundred_is_missed()
    {
        Lose(0.05);
        Speak(seconds: 10);
        _bed.Link(0, 1).IsRepeating.ShouldBeTrue();

        const int Frames = 400 * 50;
        var missed = Frames - Speak(seconds: 400);

        missed.ShouldBeInRange(Frames / 1000, Frames * 5 / 1000);
        _bed.Link(0, 1).SendLoss.ShouldBeInRange(0.01, 0.12);
        _bed.Link(1, 0).Lost.ShouldBeInRange(Frames * 4 / 100, Frames * 6 / 100);
    }

    [Fact]
    public void No_frame_is_heard_twice_when_packets_that_carry_the_frame_before_come_late()
    {
        Lose(0.05);
        Speak(seconds: 10);
        var lossy = _bed.Way;
        byte[]? held = null;
        _bed.Way = datagram =>
        {
            var (arriving, late) = (lossy(datagram), held);
            held = _chance.Next(4) == 0 ? datagram : null;
            return [.. held is null ? arriving : [], .. late is null ? [] : new[] { late }];
        };

        var heard = new List<ushort>();
        for (var frame = 0; frame < 2000; frame++)
        {
            _bed.Speak(_speaker, (byte)frame, (byte)(frame >> 8));
            heard.AddRange(_bed.Heard(_listener).Select(packet => packet.Sequence));
        }

        heard.ShouldBeUnique();
        heard.Count.ShouldBeGreaterThan(1900);
    }

    [Fact]
    public void A_link_that_recovers_carries_each_frame_once_again()
    {
        Lose(0.05);
        Speak(seconds: 10);
        _bed.Link(0, 1).IsRepeating.ShouldBeTrue();

        Lose(0);
        Speak(seconds: 60);

        _bed.Link(0, 1).IsRepeating.ShouldBeFalse();
        var recovered = _bed.Link(1, 0).Recovered;
        Speak(seconds: 10).ShouldBe(500);
        _bed.Link(1, 0).Recovered.ShouldBe(recovered);
    }

    [Fact]
    public void Both_ends_measure_the_round_trip()
    {
        Speak(seconds: 3);

        _bed.Link(0, 1).RoundTrip.ShouldBeInRange(TimeSpan.Zero, TimeSpan.FromMilliseconds(40));
        _bed.Pass(TimeSpan.FromSeconds(1));
        var (there, back) = (_bed.Carried(0, 1), _bed.Carried(1, 0));
        _bed.Pass(TimeSpan.FromSeconds(10));
        (_bed.Carried(0, 1), _bed.Carried(1, 0)).ShouldBe((there, back), "An idle link carries nothing.");
    }

    private void Lose(double share) => _bed.Way = datagram => _chance.NextDouble() < share ? [] : [datagram];

    /// <summary>How many frames were heard, each once.</summary>
    private int Speak(int seconds)
    {
        var heard = 0;
        for (var frame = 0; frame < seconds * 50; frame++)
        {
            _bed.Speak(_speaker, (byte)frame, (byte)(frame >> 8));
            heard += _bed.Heard(_listener).Count;
        }

        return heard;
    }
}
