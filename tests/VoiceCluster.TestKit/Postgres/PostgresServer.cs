using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace VoiceCluster.TestKit.Postgres;

/// <summary>A PostgreSQL server of this process' own in a temporary directory, reached by a Unix socket; nothing of the system's is touched.</summary>
/// <remarks>
/// The server refuses to run as root, so a test that does starts it as another user. A shell stands guard: when the test process is gone,
/// however it ended, it stops the server and removes the directory. Nothing here survives a crash of the machine, for speed.
/// </remarks>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string Guard =
        """
        bin=$1 home=$2
        "$bin/initdb" -D "$home/data" -A trust -U voicecluster --no-sync -E UTF8 --locale=C >"$home/log" 2>&1 || { echo failed; exit 1; }
        start() {
          "$bin/pg_ctl" -D "$home/data" -l "$home/log" -w -t 60 -o "-k $home -c listen_addresses= -c fsync=off \
            -c full_page_writes=off -c max_connections=300 -c shared_buffers=64MB" start >/dev/null 2>&1 && echo started || echo failed
        }
        stop() { "$bin/pg_ctl" -D "$home/data" -w -m immediate stop >/dev/null 2>&1; echo stopped; }
        start
        while read -r what; do "$what"; done
        stop >/dev/null
        rm -rf "$home"
        """;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);
    private static readonly string? Programs = FindPrograms();
    private static readonly Lazy<Task<PostgresServer>> SharedServer = new(StartAsync);
    private static int _databases;

    private readonly string _home;
    private readonly Process _guard;

    private PostgresServer(string home, Process guard) => (_home, _guard) = (home, guard);

    /// <summary>Why there can be no server here; null when there can.</summary>
    public static string? MissingReason { get; } = FindMissing();

    /// <summary>The server that tests without wishes of their own share; it lives as long as the process.</summary>
    public static Task<PostgresServer> SharedAsync() => SharedServer.Value;

    /// <summary>Starts a server of the test's own, to be stopped and started.</summary>
    public static async Task<PostgresServer> StartAsync()
    {
        var home = Directory.CreateTempSubdirectory("voicecluster-pg-").FullName;
        var user = Environment.IsPrivilegedProcess ? FindUser() : null;
        if (user is not null)
        {
            await RunAsync("chown", user, home);
        }

        string[] command = [.. user is null ? [] : AsUser(user), "sh", "-c", Guard, "guard", Programs!, home];
        var guard = Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = home,
        })!;
        var server = new PostgresServer(home, guard);
        await server.ExpectAsync("started");
        return server;
    }

    /// <summary>Makes an empty database.</summary>
    /// <returns>A connection string for it.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"test_{Interlocked.Increment(ref _databases)}");
        await using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"create database {name} strategy file_copy", connection);
        await command.ExecuteNonQueryAsync();
        return ConnectionString(name);
    }

    /// <summary>Stops the server at once, as if it had crashed.</summary>
    public Task StopAsync() => OrderAsync("stop", "stopped");

    /// <summary>Starts it again, with all that was in it.</summary>
    public Task RestartAsync() => OrderAsync("start", "started");

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _guard.StandardInput.Close();
        await _guard.WaitForExitAsync();
        _guard.Dispose();
    }

    private static string? FindMissing()
    {
        if (Programs is null)
        {
            return "PostgreSQL 15 or later is not installed.";
        }

        return Environment.IsPrivilegedProcess && FindUser() is null ? "PostgreSQL does not run as root, and there is no other user to run it as." : null;
    }

    private static string? FindPrograms()
    {
        const string versions = "/usr/lib/postgresql";
        var folders = Directory.Exists(versions)
            ? Directory.GetDirectories(versions)
                .OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var version) ? version : 0)
                .Select(folder => Path.Combine(folder, "bin"))
            : [];
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return folders.Concat(path).FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "pg_ctl")));
    }

    private static string? FindUser()
    {
        var users = File.ReadLines("/etc/passwd").Select(line => line.Split(':')[0]).ToHashSet(StringComparer.Ordinal);
        return new[] { "postgres", "nobody" }.FirstOrDefault(users.Contains);
    }

    private static string[] AsUser(string user) => ["setpriv", $"--reuid={user}", "--clear-groups", "--"];

    private static async Task RunAsync(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]))!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{command[0]} failed.");
        }
    }

    private string ConnectionString(string database) => $"Host={_home};Username=voicecluster;Database={database}";

    private async Task OrderAsync(string order, string answer)
    {
        await _guard.StandardInput.WriteLineAsync(order);
        await _guard.StandardInput.FlushAsync();
        await ExpectAsync(answer);
    }

    private async Task ExpectAsync(string expected)
    {
        var answer = await _guard.StandardOutput.ReadLineAsync().WaitAsync(Deadline);
        if (answer != expected)
        {
            var log = Path.Combine(_home, "log");
            throw new InvalidOperationException($"PostgreSQL: {answer ?? "ended"}. {(File.Exists(log) ? await File.ReadAllTextAsync(log) : "")}");
        }
    }
}
