using VoiceCluster.Media.Forwarding;
using VoiceCluster.Media.Sessions;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Rtcp;

namespace VoiceCluster.Media.Reports;

/// <summary>Tells the receivers of a stream what its sender reports: with it they play voice and picture in step. Worker thread only.</summary>
internal sealed class SenderReportForwarder(WorkerContext context, SessionSender sender, FanOut fanOut)
{
    /// <summary>Bytes of a report without blocks.</summary>
    public const int Length = 28;

    private readonly WorkerContext _context = context;
    private readonly SessionSender _sender = sender;
    private readonly FanOut _fanOut = fanOut;

    /// <summary>Sends a report to everybody on this worker who takes reports and wants the stream.</summary>
    /// <param name="report">What its sender says. Its blocks stay behind: they are about what that client receives.</param>
    /// <param name="route">The channel.</param>
    /// <param name="from">Whose it is; null if another worker serves him.</param>
    public void Forward(in SenderReport report, ChannelRoute route, MediaSession? from)
    {
        // It says how much was sent so far, and must not come before that.
        _fanOut.Flush();
        Span<byte> packet = stackalloc byte[Length];
        report.Write([], packet);
        foreach (var slot in route.Sinks)
        {
            var sink = _context.Sinks.Session(slot);
            if (!ReferenceEquals(sink, from) && _sender.TakesReports(sink) && (sink.Wants is not { } wants || wants.Wants(report.SenderSsrc.Value)))
            {
                _sender.SendRtcp(sink, packet);
            }
        }
    }
}
