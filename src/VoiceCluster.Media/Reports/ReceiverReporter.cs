using VoiceCluster.Media.Forwarding;
using VoiceCluster.Media.Sessions;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Rtcp;

namespace VoiceCluster.Media.Reports;

/// <summary>Tells senders every few seconds how well they are received. Only those with a codec list: bots take RTCP for a fault.</summary>
internal sealed class ReceiverReporter(WorkerContext context, SessionSender sender)
{
    /// <summary>The server's own source. It sends no media, and sessions have none below 16.</summary>
    public static readonly Ssrc ServerSource = new(1);

    private const int MaximumReportLength = 8 + (ReportBlock.Length * Ssrc.BlockSize);

    private readonly WorkerContext _context = context;
    private readonly SessionSender _sender = sender;
    private readonly List<MediaSession> _sessions = [];

    /// <summary>Puts a session on the list, once.</summary>
    public void Include(MediaSession session)
    {
        if (session.NextReportAt == 0)
        {
            session.NextReportAt = _context.Now + _context.Limits.ReportInterval;
            _sessions.Add(session);
        }
    }

    /// <summary>Takes a session off the list.</summary>
    public void Remove(MediaSession session)
    {
        if (session.NextReportAt != 0)
        {
            session.NextReportAt = 0;
            _sessions.Remove(session);
        }
    }

    /// <summary>Makes the list anew, after a worker's restart.</summary>
    public void Rebuild(ForwardingTable table)
    {
        _sessions.Clear();
        _sessions.AddRange(table.Sessions.All().Where(session => session.NextReportAt != 0));
    }

    /// <summary>Sends what is due.</summary>
    public void Tick()
    {
        foreach (var session in _sessions)
        {
            if (session.NextReportAt <= _context.Now)
            {
                session.NextReportAt = _context.Now + _context.Limits.ReportInterval;
                Report(session);
            }
        }
    }

    private void Report(MediaSession session)
    {
        if (!_sender.TakesReports(session))
        {
            return;
        }

        Span<ReportBlock> blocks = stackalloc ReportBlock[Ssrc.BlockSize];
        var count = 0;
        foreach (var source in session.Sources.All)
        {
            if (source is not null && source.Reception.HasNews)
            {
                blocks[count++] = source.Reception.TakeReport(source.Ssrc, _context.Now);
            }
        }

        if (count > 0)
        {
            Span<byte> report = stackalloc byte[MaximumReportLength];
            var length = ReceiverReport.Write(ServerSource, blocks[..count], report);
            _sender.SendRtcp(session, report[..length]);
        }
    }
}
