using System.Globalization;
using Npgsql;

namespace VoiceCluster.Cluster.Store.Postgres;

/// <summary>What of a connection string may be shown, and what is wrong with it.</summary>
public static class PostgresAddress
{
    /// <summary>Host, port and database; nothing else, whatever the text is.</summary>
    public static string Describe(string connectionString) => TryRead(connectionString) is { } read
        ? $"{read.Host}:{read.Port.ToString(CultureInfo.InvariantCulture)}/{read.Database ?? read.Username}"
        : "an unreadable connection string";

    /// <summary>Why a node cannot use a connection string; null when it can. Never repeats the text, which holds a password.</summary>
    public static string? FindProblem(string connectionString) => TryRead(connectionString) switch
    {
        null => "It is no connection string.",
        { Host: null or "" } => "It names no Host.",
        { Database: null or "", Username: null or "" } => "It names neither Database nor Username.",
        _ => null,
    };

    private static NpgsqlConnectionStringBuilder? TryRead(string connectionString)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (Exception)
        {
            // Whatever is wrong with it: the exception's text could show parts of it.
            return null;
        }
    }
}
