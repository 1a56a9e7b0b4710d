namespace VoiceCluster.Cluster.Store.Postgres;

/// <summary>Names and locks that everything in the database shares. Statements are beside it, one class for each table or two; their parameters are positional.</summary>
/// <remarks>
/// A writer of a shard holds the shard's advisory lock shared, whoever changes its owner holds it alone. So a claim that was found in force
/// stays so until the writer has committed, and no row is locked for it. The lock is a statement of its own in front: the next one then
/// reads what the last holder left.
/// </remarks>
internal static class PostgresSql
{
    /// <summary>The schema that holds every table, so that the database can be shared with a backend's.</summary>
    public const string Schema = "voicecluster";

    /// <summary>What a node listens to: shards that changed hands and nodes that came or went.</summary>
    public const string Channel = "voicecluster";

    /// <summary>First half of the advisory locks' keys, which everything in the database shares.</summary>
    public const int ShardLocks = 0x5643_0001;

    /// <summary>As <see cref="ShardLocks"/>, for a realm's number of sessions.</summary>
    public const int RealmLocks = 0x5643_0002;

    /// <summary>As <see cref="ShardLocks"/>, for who lives: votes are counted one after another.</summary>
    public const int NodeLocks = 0x5643_0003;

    /// <summary>The one lock of whoever changes the schema.</summary>
    public const long MigrationLock = 0x5643_0000_0000_0000;

    public const string Ping = "select 1";

    public const string LockShardShared = "select pg_advisory_xact_lock_shared($1, $2)";

    public const string LockShard = "select pg_advisory_xact_lock($1, $2)";

    public const string LockRealm = "select pg_advisory_xact_lock($1, hashtext($2))";
}
