using VoiceCluster.Media.Sessions;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Rtcp;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Media.Reports;

/// <summary>How well one source is received: loss and jitter as RFC 3550, appendices A.3 and A.8, reckon them.</summary>
/// <remarks>Mutable: keep it in a field. One source, one thread. Times are monotonic ticks.</remarks>
internal struct ReceptionStatistics
{
    private const int VideoClockRate = 90_000;

    private bool _started;
    private long _first;
    private long _highest;
    private long _received;
    private long _expectedBefore;
    private long _receivedBefore;
    private long _lastTransit;
    private double _jitter;
    private uint _lastSenderReport;
    private long _lastSenderReportAt;

    /// <summary>Whether anything came since the last report.</summary>
    public readonly bool HasNews => _received != _receivedBefore;

    /// <summary>Takes note of an authentic packet.</summary>
    public void OnPacket(long sequence, uint timestamp, bool isRestart, MediaKind kind, long now)
    {
        var arrival = now * (kind == MediaKind.Audio ? OpusFrame.ClockRate : VideoClockRate) / TimeSpan.TicksPerSecond;
        var transit = arrival - timestamp;
        if (!_started || isRestart)
        {
            Begin(sequence);
        }
        else
        {
            // The difference of transit times as a wrapping 32-bit number, which the timestamp is.
            var step = Math.Abs((long)(int)(transit - _lastTransit));
            _jitter += (step - _jitter) / 16;
        }

        _lastTransit = transit;
        _highest = Math.Max(_highest, sequence);
        _received++;
    }

    /// <summary>Takes note of the source's own report.</summary>
    public void OnSenderReport(ulong ntpTimestamp, long now)
    {
        _lastSenderReport = (uint)(ntpTimestamp >> 16);
        _lastSenderReportAt = now;
    }

    /// <summary>Writes down what came since the last call.</summary>
    public ReportBlock TakeReport(Ssrc ssrc, long now)
    {
        var expected = _highest - _first + 1;
        var expectedSince = expected - _expectedBefore;
        var lostSince = expectedSince - (_received - _receivedBefore);
        _expectedBefore = expected;
        _receivedBefore = _received;
        return new ReportBlock
        {
            Ssrc = ssrc,
            FractionLost = expectedSince <= 0 || lostSince <= 0 ? (byte)0 : (byte)Math.Min(255, (lostSince << 8) / expectedSince),
            CumulativeLost = (int)Math.Clamp(expected - _received, int.MinValue, int.MaxValue),
            ExtendedHighestSequenceNumber = (uint)_highest,
            InterarrivalJitter = (uint)_jitter,
            LastSenderReport = _lastSenderReport,
            DelaySinceLastSenderReport = _lastSenderReport == 0 ? 0 : (uint)((now - _lastSenderReportAt) * 65_536 / TimeSpan.TicksPerSecond),
        };
    }

    private void Begin(long sequence)
    {
        _started = true;
        _first = sequence;
        _highest = sequence;
        _received = 0;
        _expectedBefore = 0;
        _receivedBefore = 0;
        _jitter = 0;
    }
}
