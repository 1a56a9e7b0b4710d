using VoiceCluster.Media.Forwarding;
using VoiceCluster.Media.Sessions;
using VoiceCluster.Media.Workers;

namespace VoiceCluster.Media.Reports;

/// <summary>Finds those on this worker who send a picture and can be asked about it. Worker thread only.</summary>
internal sealed class VideoSenders(WorkerContext context, SessionSender sender)
{
    private readonly WorkerContext _context = context;
    private readonly SessionSender _sender = sender;

    /// <summary>Finds the sender of a stream.</summary>
    /// <returns>False if nobody who may be heard in the channel sends it as a picture, or its sender takes no RTCP.</returns>
    public bool TryFind(LiveRoute channel, uint media, out MediaSession owner, out MediaSource source)
    {
        source = null!;
        owner = _context.Table.Sessions.Find(media)!;
        if (owner is null || owner.Route != channel || !channel.Current.Member(owner).Sends || !_sender.TakesReports(owner))
        {
            return false;
        }

        source = owner.Sources.Find(media)!;
        return source is { Kind: MediaKind.Video };
    }
}
