namespace VoiceCluster.Cluster.Hosting;

/// <summary>Where a request was lost.</summary>
public enum AskFailure
{
    /// <summary>No answer before the deadline.</summary>
    Timeout,

    /// <summary>The mailbox or the link to the node was full.</summary>
    Overloaded,

    /// <summary>The local actor does not exist any more.</summary>
    Gone,

    /// <summary>The shard's owner is not known or cannot be reached.</summary>
    Unreachable,

    /// <summary>The actor failed while it handled the request.</summary>
    Faulted,
}

/// <summary>A request that was not answered.</summary>
public sealed class AskException(AskFailure failure, string message) : Exception(message)
{
    /// <summary>The stage at which it failed.</summary>
    public AskFailure Failure { get; } = failure;
}
