using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace VoiceCluster.Cluster.Store.Postgres;

/// <summary>Makes and migrates the schema.</summary>
/// <remarks>
/// <para>
/// Migrations are numbered SQL files in this assembly. The first line of each says the lowest schema number that a release must know to go
/// on working after it: a migration that only adds keeps that number, one that takes something away raises it to the number of the migration
/// that made it superfluous, at the earliest one release later. So nodes of two releases can run side by side.
/// </para>
/// <para>Nodes that start together wait for one another; a database that is newer than this release is left as it is.</para>
/// </remarks>
internal sealed partial class PostgresSchema(IReadOnlyList<PostgresMigration> migrations, ILogger logger)
{
    /// <summary>The newest schema that this release knows.</summary>
    public int Known => migrations[^1].Number;

    /// <summary>The migrations of this release.</summary>
    public static IReadOnlyList<PostgresMigration> Embedded { get; } = ReadEmbedded();

    /// <summary>Brings the schema up to what this release knows.</summary>
    /// <exception cref="SchemaTooNewException">The database needs a newer release.</exception>
    public async Task MigrateAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await ExecuteAsync(connection, $"select pg_advisory_xact_lock({PostgresSql.MigrationLock.ToString(CultureInfo.InvariantCulture)})", cancellation);
        await MakeVersionTableAsync(connection, cancellation);
        var (version, minimum) = await ReadVersionAsync(connection, cancellation);
        if (minimum > Known)
        {
            throw new SchemaTooNewException(version, minimum, Known);
        }

        foreach (var migration in migrations.Where(migration => migration.Number > version))
        {
            await ApplyAsync(connection, migration, cancellation);
        }

        await transaction.CommitAsync(cancellation);
    }

    private static async Task MakeVersionTableAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        // Asked first: a role that may use the schema need not be one that may make it.
        var exists = await ScalarAsync(connection, "select to_regclass('voicecluster.migrations') is not null", cancellation);
        if (exists is not true)
        {
            await ExecuteAsync(
                connection,
                """
                create schema if not exists voicecluster;
                create table voicecluster.migrations (
                    number      integer primary key,
                    minimum     integer not null,
                    name        text not null,
                    applied_at  timestamptz not null default now());
                """,
                cancellation);
        }
    }

    private static async Task<(int Version, int Minimum)> ReadVersionAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            "select coalesce(max(number), 0), coalesce(max(minimum), 0) from voicecluster.migrations", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return (reader.GetInt32(0), reader.GetInt32(1));
    }

    private async Task ApplyAsync(NpgsqlConnection connection, PostgresMigration migration, CancellationToken cancellation)
    {
        Log.Migrating(logger, migration.Number, migration.Name);
        await ExecuteAsync(connection, migration.Sql, cancellation);
        await using var command = new NpgsqlCommand("insert into voicecluster.migrations (number, minimum, name) values ($1, $2, $3)", connection);
        command.Parameters.Add(PostgresParameters.Of(migration.Number));
        command.Parameters.Add(PostgresParameters.Of(migration.Minimum));
        command.Parameters.Add(PostgresParameters.Of(migration.Name));
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        // Others may hold the lock, and a migration may have much to do.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 120 };
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellation);
    }

    private static List<PostgresMigration> ReadEmbedded()
    {
        const string folder = "Migrations/";
        var assembly = typeof(PostgresSchema).Assembly;
        return
        [
            .. assembly.GetManifestResourceNames()
                .Where(name => name.StartsWith(folder, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(name =>
                {
                    using var text = new StreamReader(assembly.GetManifestResourceStream(name)!);
                    return PostgresMigration.Parse(name[folder.Length..], text.ReadToEnd());
                }),
        ];
    }

    private static partial class Log
    {
        [LoggerMessage(63, LogLevel.Information, "The database gets schema {Number} ({Name})")]
        public static partial void Migrating(ILogger logger, int number, string name);
    }
}

/// <summary>One step of the schema.</summary>
/// <param name="Number">From 1, without gaps.</param>
/// <param name="Minimum">The lowest schema number that a release must know to work with the schema after this step.</param>
/// <param name="Name">What its file is called.</param>
/// <param name="Sql">The statements.</param>
internal sealed partial record PostgresMigration(int Number, int Minimum, string Name, string Sql)
{
    /// <summary>Reads a migration's file; the name begins with its number, the text with its minimum.</summary>
    public static PostgresMigration Parse(string fileName, string text)
    {
        var number = int.Parse(fileName[..4], NumberStyles.None, CultureInfo.InvariantCulture);
        var minimum = MinimumLine().Match(text).Groups["minimum"].Value;
        return new PostgresMigration(number, int.Parse(minimum, NumberStyles.None, CultureInfo.InvariantCulture), fileName, text);
    }

    [GeneratedRegex(@"\A-- minimum: (?<minimum>\d+)$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MinimumLine();
}

/// <summary>This release is too old for the database.</summary>
public sealed class SchemaTooNewException(int version, int minimum, int known)
    : Exception($"The database has schema {version}, which releases that know less than schema {minimum} cannot use; this one knows {known}.");
