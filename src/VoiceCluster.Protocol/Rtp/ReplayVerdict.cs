namespace VoiceCluster.Protocol.Rtp;

/// <summary>What a replay window says about a number.</summary>
public enum ReplayVerdict
{
    /// <summary>Not seen before: use the packet.</summary>
    Fresh,

    /// <summary>Seen before: drop it.</summary>
    Duplicate,

    /// <summary>Older than the window reaches: drop it.</summary>
    TooOld,

    /// <summary>The second of two consecutive numbers after a jump; the window starts over here. Use the packet.</summary>
    Resynchronized,

    /// <summary>Far from all that was seen; drop it and wait whether the next number follows.</summary>
    PendingResync,
}
