using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Client.Voice;

/// <summary>One opened packet from the server; valid only during the call that hands it over.</summary>
public readonly ref struct HeardFrame
{
    /// <summary>The packet.</summary>
    public required RtpView Packet { get; init; }

    /// <summary>Whose it is; null when nobody has said so yet, and a usual client would drop it.</summary>
    public required Snowflake? UserId { get; init; }

    /// <summary>When it arrived.</summary>
    public required TimeSpan ArrivedAt { get; init; }
}

/// <summary>Takes packets as they arrive, one at a time, on a thread of the pool; must not block.</summary>
public delegate void FrameListener(scoped in HeardFrame frame);
