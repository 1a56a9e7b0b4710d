using Npgsql;

namespace VoiceCluster.Cluster.Store.Postgres;

/// <summary>What the errors of the database mean.</summary>
internal static class PostgresErrors
{
    /// <summary>Whether the database as a whole does not serve this node at the moment, and not just one statement.</summary>
    public static bool IsOutage(Exception error) => error switch
    {
        PostgresException refused => IsOutage(refused.SqlState),
        NpgsqlException or IOException or TimeoutException or OperationCanceledException or ObjectDisposedException => true,
        _ => error.GetBaseException() is System.Net.Sockets.SocketException,
    };

    /// <summary>Whether what spoiled a transaction of several requests may be just one of them, so that the others are worth another try.</summary>
    public static bool MayBeOneRequests(PostgresException error) =>
        !IsOutage(error.SqlState) && error.SqlState != PostgresErrorCodes.QueryCanceled;

    private static bool IsOutage(string state) => state[..2] switch
    {
        // Connection, authorization and invalid catalog, resources, system error.
        "08" or "28" or "3D" or "53" or "58" or "XX" => true,

        // An operator has stopped it; a statement that took too long is that statement's affair.
        "57" => state != PostgresErrorCodes.QueryCanceled,

        // Somebody has made a standby of it.
        "25" => state == PostgresErrorCodes.ReadOnlySqlTransaction,
        _ => false,
    };
}
