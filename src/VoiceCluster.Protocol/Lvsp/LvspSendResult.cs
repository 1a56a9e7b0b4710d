namespace VoiceCluster.Protocol.Lvsp;

/// <summary>What became of a frame.</summary>
public enum LvspSendResult
{
    /// <summary>It is among the outputs.</summary>
    Sent,

    /// <summary>Its number was sent before; nothing happened.</summary>
    AlreadySent,

    /// <summary>Frames before it are missing; nothing happened.</summary>
    Gap,

    /// <summary>There is no READY yet, or the connection is closed; the outbox keeps the frame.</summary>
    NotLive,
}
