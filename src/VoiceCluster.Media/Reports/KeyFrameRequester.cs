using VoiceCluster.Media.Forwarding;
using VoiceCluster.Media.Limits;
using VoiceCluster.Media.Relay;
using VoiceCluster.Media.Sessions;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Rtcp;

namespace VoiceCluster.Media.Reports;

/// <summary>Asks video senders for key frames: when a viewer lost the picture, and when one begins to watch.</summary>
/// <remarks>
/// A key frame costs a sender some thirty ordinary ones, and one serves all who asked, so a source is asked twice a second at most. A
/// request that comes too soon is kept and made later, for who asked has no picture until then.
/// </remarks>
/// <param name="context">The worker's.</param>
/// <param name="sender">Sends to this worker's sessions.</param>
/// <param name="senders">Finds whom to ask.</param>
/// <param name="relay">Asks other workers.</param>
internal sealed class KeyFrameRequester(WorkerContext context, SessionSender sender, VideoSenders senders, RelayRequester relay)
{
    private static readonly Rate Requests = new(2, TimeSpan.FromMilliseconds(500));

    private readonly WorkerContext _context = context;
    private readonly SessionSender _sender = sender;
    private readonly VideoSenders _senders = senders;
    private readonly RelayRequester _relay = relay;
    private readonly List<(MediaSession Owner, MediaSource Source)> _waiting = [];

    /// <summary>Asks for a key frame of one video source.</summary>
    /// <returns>False if its sender takes no such requests.</returns>
    public bool Ask(MediaSession owner, MediaSource source)
    {
        if (!_sender.TakesReports(owner))
        {
            return false;
        }

        if (source.IsKeyFrameWaiting)
        {
            return true;
        }

        if (!source.KeyFrameLimit.TryTake(Requests, 1, _context.Now))
        {
            source.IsKeyFrameWaiting = true;
            _waiting.Add((owner, source));
            return true;
        }

        Span<byte> request = stackalloc byte[PictureLossIndication.Length];
        new PictureLossIndication(new FeedbackSources(ReceiverReporter.ServerSource, source.Ssrc)).Write(request);
        _sender.SendRtcp(owner, request);
        return true;
    }

    /// <summary>A session begins to watch: every picture in its channel has to begin anew.</summary>
    public void AskForAll(MediaSession viewer)
    {
        var route = viewer.Route.Current;
        if (!route.Member(viewer).Receives || !_sender.IsReady(viewer) || viewer.Sealing is not { PayloadTypes.HasVideo: true })
        {
            return;
        }

        AskAll(route, viewer);
        _relay.AskForAll(route);
    }

    /// <summary>Asks every sender of a picture in a channel, on this worker.</summary>
    /// <param name="route">The channel.</param>
    /// <param name="viewer">Who is not asked.</param>
    public void AskAll(ChannelRoute route, MediaSession? viewer = null)
    {
        foreach (var member in route.Members)
        {
            if (!member.Sends || member.Session is not { } owner || ReferenceEquals(owner, viewer))
            {
                continue;
            }

            foreach (var source in owner.Sources.All)
            {
                if (source is { Kind: MediaKind.Video })
                {
                    Ask(owner, source);
                }
            }
        }
    }

    /// <summary>Asks for a key frame of a source of this worker, for a viewer here or on another one.</summary>
    /// <returns>False if nobody in the channel sends such a picture.</returns>
    public bool Ask(LiveRoute channel, uint media) => _senders.TryFind(channel, media, out var owner, out var source) && Ask(owner, source);

    /// <summary>Makes the requests that had come too soon.</summary>
    public void Tick()
    {
        for (var i = _waiting.Count - 1; i >= 0; i--)
        {
            var (owner, source) = _waiting[i];
            if (source.KeyFrameLimit.HasRoom(Requests, _context.Now))
            {
                _waiting.RemoveAt(i);
                source.IsKeyFrameWaiting = false;
                Ask(owner, source);
            }
        }
    }

    /// <summary>Forgets what was to be asked of a session that is gone.</summary>
    public void Remove(MediaSession session)
    {
        foreach (var (owner, source) in _waiting)
        {
            source.IsKeyFrameWaiting &= owner != session;
        }

        _waiting.RemoveAll(waiting => waiting.Owner == session);
    }
}
