using VoiceCluster.Protocol.Relay;

namespace VoiceCluster.Media.Relay;

/// <summary>How well what is sent over a link arrives, by what the other end reports. The worker writes; any thread reads.</summary>
/// <remarks>
/// Loss is the share of packets of the last seconds: each report takes a sixteenth of the weight of those before it, which at two reports a second halves it in five and a half
/// seconds. A link counts as lossy from more than 1 % until less than 0.5 %, so that a share between the two does not switch it to and fro.
/// </remarks>
internal sealed class LinkQuality
{
    private const double Kept = 15.0 / 16;
    private const double LossyAbove = 0.01;
    private const double SoundBelow = 0.005;
    private const double LeastExpected = 20;

    private double _expected;
    private double _missing;
    private double _loss;
    private bool _isLossy;
    private long _roundTrip;
    private long _lastExpected;
    private long _lastReceived;

    /// <summary>The share that does not arrive, from 0 to 1.</summary>
    public double Loss => Volatile.Read(ref _loss);

    /// <summary>Whether frames are to be carried twice.</summary>
    public bool IsLossy => Volatile.Read(ref _isLossy);

    /// <summary>The smoothed time from one worker's loop to the other's and back, the other's own delay taken off; zero before it was measured.</summary>
    public TimeSpan RoundTrip => TimeSpan.FromTicks(Volatile.Read(ref _roundTrip));

    /// <summary>Takes in a report; older ones than the last change nothing.</summary>
    /// <param name="report">What the other end says.</param>
    /// <param name="now">The time by which this end sends its own, in ticks.</param>
    public void Include(in RelayReport report, long now)
    {
        var expected = report.Expected - _lastExpected;
        if (expected < 0)
        {
            return;
        }

        // Late packets may make more arrive than were expected since; they were missing before.
        var missing = expected - (report.Received - _lastReceived);
        (_lastExpected, _lastReceived) = (report.Expected, report.Received);
        _expected = (_expected * Kept) + expected;
        _missing = Math.Max(0, (_missing * Kept) + missing);
        Judge();
        Measure(report, now);
    }

    private void Judge()
    {
        var loss = _expected < LeastExpected ? 0 : Math.Min(1, _missing / _expected);
        Volatile.Write(ref _loss, loss);
        Volatile.Write(ref _isLossy, loss > (_isLossy ? SoundBelow : LossyAbove));
    }

    private void Measure(in RelayReport report, long now)
    {
        var roundTrip = now - report.Echo - report.EchoAge;
        if (report.Echo != 0 && roundTrip >= 0)
        {
            Volatile.Write(ref _roundTrip, _roundTrip == 0 ? roundTrip : _roundTrip + ((roundTrip - _roundTrip) / 8));
        }
    }
}
