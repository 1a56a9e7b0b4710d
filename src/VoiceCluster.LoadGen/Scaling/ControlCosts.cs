namespace VoiceCluster.LoadGen.Scaling;

/// <summary>What one user's stay costs control, as counted on a running node by <c>JoinCostTests</c> of the end-to-end tests.</summary>
internal static class ControlCosts
{
    /// <summary>Transactions that write to the store for a join, from the backend's request to the session description.</summary>
    public const int WritesPerJoin = 3;

    /// <summary>Questions to the store for a join.</summary>
    public const int ReadsPerJoin = 2;

    /// <summary>Transactions that write to the store for a leave that the backend asked for.</summary>
    public const int WritesPerLeave = 1;

    /// <summary>Messages that actors handle for a join, frames of its sockets included.</summary>
    public const int MessagesPerJoin = 16;

    /// <summary>Further messages of a join, and of a leave, for each other user in the call.</summary>
    public const int MessagesPerOther = 1;

    /// <summary>Messages that actors handle for a leave.</summary>
    public const int MessagesPerLeave = 9;
}
