using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Relay;

namespace VoiceCluster.Media.Relay;

/// <summary>Tells the other ends of links that are in use, twice a second, what came from there. Worker thread only.</summary>
internal sealed class RelayReporter(WorkerContext context, RelayLinks? links, RelaySender sender)
{
    private static readonly long Interval = TimeSpan.FromMilliseconds(500).Ticks;

    private readonly WorkerContext _context = context;
    private readonly RelayLinks? _links = links;
    private readonly RelaySender _sender = sender;
    private long _dueAt;

    /// <summary>Reports, when the interval is over.</summary>
    public void Tick()
    {
        if (_links is null || _context.Now < _dueAt)
        {
            return;
        }

        _dueAt = _context.Now + Interval;
        Span<byte> body = stackalloc byte[RelayReport.Length];
        foreach (var link in _links.All)
        {
            if (link.TryReport(_context.Now, out var report))
            {
                report.Write(body);
                _sender.Send(link, new RelayHeader { Type = RelayPacketType.Report }, body);
            }
        }
    }
}
