using VoiceCluster.Domain.Membership;

namespace VoiceCluster.Cluster.Store.Postgres;

/// <summary>How a node uses its database.</summary>
public sealed record PostgresStoreOptions
{
    /// <summary>Npgsql's connection string. A secret.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>How long a connection may take to open. Default 3 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long a batch of statements may take. Default 5 s.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The times of membership, by which rows of nodes expire.</summary>
    public MembershipTimes Times { get; init; } = new();

    /// <summary>How often the database is asked whether it is there. Default 1 s.</summary>
    public TimeSpan ProbeInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a node that starts waits for a database that is away. Default 30 s.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Connections that write; all writes of a shard or an LVSP session share one. Default 4.</summary>
    public int WriteLanes { get; init; } = 4;

    /// <summary>Connections that only read. Default 2.</summary>
    public int ReadLanes { get; init; } = 2;

    /// <summary>Requests that may wait for one connection. Default 4096.</summary>
    public int LaneCapacity { get; init; } = 4096;

    /// <summary>Requests that go in one transaction when many wait. Default 64.</summary>
    public int MaxBatch { get; init; } = 64;

    // The generated text would show the password.
    /// <inheritdoc />
    public override string ToString() => PostgresAddress.Describe(ConnectionString);
}
