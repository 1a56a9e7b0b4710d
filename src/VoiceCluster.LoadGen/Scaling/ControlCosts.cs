namespace VoiceCluster.LoadGen.Scaling;

/// <summary>What one user's stay costs control, as counted on a running node by <c>JoinCostTests</c> of the end-to-end tests.</summary>
internal static class ControlCosts
{
    /// <summary>Transactions that write to the store for a join, from the backend's request to the session description.</summary>
    public const int WritesPerJoin = 4;

    /// <summary>Questions to the store for a join.</summary>
    public const int ReadsPerJoin = 4;

    /// <summary>Transactions that write to the store for a leave that the backend asked for.</summary>
    public const int WritesPerLeave = 1;

    /// <summary>Rows that the writes of a join touch: the voice state and its two directory entries each time, and the outbox frame.</summary>
    public const int RowsPerJoin = 10;

    /// <summary>Messages that actors handle for a join into an empty channel.</summary>
    public const int MessagesPerJoin = 20;

    /// <summary>Further messages of a join for each other user in the call.</summary>
    public const int MessagesPerOther = 1;

    /// <summary>Messages that actors handle for a leave from a channel that is empty then.</summary>
    public const int MessagesPerLeave = 10;
}
