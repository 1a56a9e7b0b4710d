using System.Diagnostics;
using System.Globalization;
using VoiceCluster.Client.Sockets;

namespace VoiceCluster.Client.Postgres;

/// <summary>A PostgreSQL server of this process' own in a temporary directory, reached by a Unix socket; nothing of the system's is touched.</summary>
/// <remarks>
/// The server refuses to run as root, so a process that does starts it as another user. A shell stands guard: when this process is gone, however it
/// ended, it stops the server and removes the directory.
/// </remarks>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string Guard =
        """
        bin=$1 home=$2 settings=$3
        "$bin/initdb" -D "$home/data" -A trust -U voicecluster --no-sync -E UTF8 --locale=C >"$home/log" 2>&1 || { echo failed; exit 1; }
        start() {
          "$bin/pg_ctl" -D "$home/data" -l "$home/log" -w -t 60 -o "-k $home -c listen_addresses= -c max_connections=300 $settings" start >/dev/null 2>&1 &&
            echo started || echo failed
        }
        stop() { "$bin/pg_ctl" -D "$home/data" -w -m "$1" stop >/dev/null 2>&1; echo stopped; }
        start
        while read -r what how; do "$what" "$how"; done
        stop immediate >/dev/null
        rm -rf "$home"
        """;

    /// <summary>Faster, and lost when the machine crashes.</summary>
    private const string NotDurable = "-c fsync=off -c full_page_writes=off -c shared_buffers=64MB";

    private static readonly TimeSpan OrderLimit = TimeSpan.FromSeconds(90);
    private static readonly string[] Needed = ["initdb", "pg_ctl", "psql"];
    private static readonly string[] Users = ["postgres", "nobody"];
    private static readonly string? Programs = FindPrograms();
    private static readonly Lazy<Task<PostgresServer>> SharedServer = new(() => StartAsync());
    private static int _databases;

    private readonly string _home;
    private readonly Process _guard;

    private PostgresServer(string home, Process guard) => (_home, _guard) = (home, guard);

    /// <summary>Why there can be no server here; null when there can.</summary>
    public static string? MissingReason { get; } = FindMissing();

    /// <summary>Where clients find its first database.</summary>
    public string ConnectionString => ConnectionStringOf("postgres");

    /// <summary>The server that all those without wishes of their own share; it lives as long as the process.</summary>
    public static Task<PostgresServer> SharedAsync() => SharedServer.Value;

    /// <summary>Starts an empty server.</summary>
    /// <param name="isDurable">Whether commits wait for the disk, as they do in earnest.</param>
    /// <exception cref="ConnectFailedException">PostgreSQL is not installed, or does not start.</exception>
    public static async Task<PostgresServer> StartAsync(bool isDurable = false)
    {
        if (MissingReason is { } reason)
        {
            throw new ConnectFailedException(reason);
        }

        var home = Directory.CreateTempSubdirectory("voicecluster-pg-").FullName;
        var user = Environment.IsPrivilegedProcess ? FindUser() : null;
        if (user is not null)
        {
            await RunAsync("chown", user, home);
        }

        string[] command = [.. user is null ? [] : AsUser(user), "sh", "-c", Guard, "guard", Programs!, home, isDurable ? string.Empty : NotDurable];
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
        var name = string.Create(CultureInfo.InvariantCulture, $"database_{Interlocked.Increment(ref _databases)}");
        return await QueryAsync($"create database {name} strategy file_copy", CancellationToken.None) is null
            ? throw new ConnectFailedException($"PostgreSQL in {_home} did not make database {name}.")
            : ConnectionStringOf(name);
    }

    /// <summary>Stops the server.</summary>
    /// <param name="crash">As if it had crashed; else it tells its clients so.</param>
    public Task StopAsync(bool crash = true) => OrderAsync(crash ? "stop immediate" : "stop fast", "stopped");

    /// <summary>Starts it again, with all that was in it.</summary>
    public Task RestartAsync() => OrderAsync("start", "started");

    /// <summary>Asks its first database.</summary>
    /// <returns>The lines of the answer, columns split by bars; null when the server is away or refuses the question.</returns>
    public async Task<string[]?> QueryAsync(string sql, CancellationToken cancellation)
    {
        using var process = Process.Start(
            new ProcessStartInfo(Path.Combine(Programs!, "psql"), ["-h", _home, "-U", "voicecluster", "-d", "postgres", "-At", "-q", "-c", sql])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        var answer = await process.StandardOutput.ReadToEndAsync(cancellation);
        await errors;
        await process.WaitForExitAsync(cancellation);
        return process.ExitCode == 0 ? answer.Split('\n', StringSplitOptions.RemoveEmptyEntries) : null;
    }

    /// <summary>Asks its first database for one number; null when the server is away or the question fails.</summary>
    public async Task<long?> CountAsync(string sql, CancellationToken cancellation) =>
        await QueryAsync(sql, cancellation) is [var answer] && long.TryParse(answer, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;

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
            return "PostgreSQL 15 or later is not installed; in Debian the package is called postgresql-15.";
        }

        return Environment.IsPrivilegedProcess && FindUser() is null ? "PostgreSQL does not run as root, and there is no other user to run it as." : null;
    }

    private static string? FindPrograms()
    {
        const string versions = "/usr/lib/postgresql";
        var installed = Directory.Exists(versions)
            ? Directory.GetDirectories(versions).OrderByDescending(VersionOf).Select(folder => Path.Combine(folder, "bin"))
            : [];
        var path = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator);
        return installed.Concat(path).FirstOrDefault(folder => Array.TrueForAll(Needed, program => File.Exists(Path.Combine(folder, program))));
    }

    private static int VersionOf(string folder) =>
        int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0;

    private static string? FindUser()
    {
        var users = File.ReadLines("/etc/passwd").Select(line => line.Split(':')[0]).ToHashSet(StringComparer.Ordinal);
        return Array.Find(Users, users.Contains);
    }

    private static string[] AsUser(string user) => ["setpriv", $"--reuid={user}", "--clear-groups", "--"];

    private static async Task RunAsync(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]))!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new ConnectFailedException($"{command[0]} failed, without which PostgreSQL cannot be started here.");
        }
    }

    private string ConnectionStringOf(string database) => $"Host={_home};Username=voicecluster;Database={database}";

    private async Task OrderAsync(string order, string answer)
    {
        await _guard.StandardInput.WriteLineAsync(order);
        await _guard.StandardInput.FlushAsync();
        await ExpectAsync(answer);
    }

    private async Task ExpectAsync(string expected)
    {
        var answer = await _guard.StandardOutput.ReadLineAsync().WaitAsync(OrderLimit);
        if (answer != expected)
        {
            var log = Path.Combine(_home, "log");
            var said = File.Exists(log) ? await File.ReadAllTextAsync(log) : "nothing";
            throw new ConnectFailedException($"PostgreSQL in {_home} was to be {expected} and is not: {answer ?? "its shell ended"}. It said: {said}");
        }
    }
}
