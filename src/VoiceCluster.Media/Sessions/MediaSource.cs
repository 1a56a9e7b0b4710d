using VoiceCluster.Media.Forwarding;
using VoiceCluster.Media.Limits;
using VoiceCluster.Media.Relay;
using VoiceCluster.Media.Reports;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Media.Sessions;

/// <summary>One stream that somebody sends. Worker thread only.</summary>
internal sealed class MediaSource(Ssrc ssrc)
{
    // Mutable structures: fields, so that nothing works on a copy.
    public ReplayWindow Window;
    public SequenceContinuity Continuity;
    public ReceptionStatistics Reception;
    public RateLimit KeyFrameLimit;
    public RateLimit NackLimit;
    public RateLimit ReportLimit;

    public Ssrc Ssrc { get; } = ssrc;

    /// <summary>What its last packet carried.</summary>
    public MediaKind Kind { get; set; }

    /// <summary>Whether an authentic packet of it was accepted.</summary>
    public bool HasStarted { get; set; }

    /// <summary>Whether control was told of it.</summary>
    public bool IsAnnounced { get; set; }

    /// <summary>Whether a key frame is to be asked for as soon as that is allowed again.</summary>
    public bool IsKeyFrameWaiting { get; set; }

    /// <summary>How often its sender had been muted when the last packet passed.</summary>
    public int MuteGeneration { get; set; }

    /// <summary>Its last frame, for links that lose packets; null until there is such a link.</summary>
    public LastFrame? LastRelayed { get; set; }

    /// <summary>Numbers for receivers whose nonce is the header; null until there is such a receiver.</summary>
    public HeaderNonceGuard? NonceGuard { get; set; }
}
