using Microsoft.Extensions.Logging;

namespace VoiceCluster.Cluster.Store.Postgres;

/// <summary>Whether the database answers. While it does not, requests fail at once instead of waiting each for its own deadline.</summary>
/// <remarks>Safe from any thread.</remarks>
internal sealed partial class PostgresAvailability(string address, ILogger logger)
{
    private volatile string? _reason = "The database has not been reached yet.";

    /// <summary>Why the database cannot be used; null when it can. Holds nothing secret.</summary>
    public string? Reason => _reason;

    public void Lost(Exception error)
    {
        if (Interlocked.Exchange(ref _reason, $"PostgreSQL at {address} does not answer.") is null)
        {
            PostgresTelemetry.Lost();
            Log.Lost(logger, address, error);
        }
    }

    public void Found()
    {
        if (Interlocked.Exchange(ref _reason, null) is not null)
        {
            Log.Found(logger, address);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(61, LogLevel.Warning, "PostgreSQL at {Address} does not answer; calls go on without it")]
        public static partial void Lost(ILogger logger, string address, Exception error);

        [LoggerMessage(62, LogLevel.Information, "PostgreSQL at {Address} answers")]
        public static partial void Found(ILogger logger, string address);
    }
}
