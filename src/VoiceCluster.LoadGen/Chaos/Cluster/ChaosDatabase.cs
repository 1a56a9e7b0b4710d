using System.Diagnostics;
using System.Globalization;
using VoiceCluster.Client.Sockets;

namespace VoiceCluster.LoadGen.Chaos.Cluster;

/// <summary>A PostgreSQL server in a temporary directory, for one cluster; reached by a Unix socket, and gone afterwards.</summary>
/// <remarks>
/// The server refuses to run as root, so root starts it as another user. A shell stands guard: when this process is gone, however it ended, it stops the
/// server and removes the directory.
/// </remarks>
internal sealed class ChaosDatabase : IAsyncDisposable
{
    private const string Guard =
        """
        bin=$1 home=$2
        "$bin/initdb" -D "$home/data" -A trust -U voicecluster --no-sync -E UTF8 --locale=C >"$home/log" 2>&1 || { echo failed; exit 1; }
        start() {
          "$bin/pg_ctl" -D "$home/data" -l "$home/log" -w -t 60 -o "-k $home -c listen_addresses= -c max_connections=200" start >/dev/null 2>&1 &&
            echo started || echo failed
        }
        stop() { "$bin/pg_ctl" -D "$home/data" -w -m "$1" stop >/dev/null 2>&1; echo stopped; }
        start
        while read -r what how; do "$what" "$how"; done
        stop immediate >/dev/null
        rm -rf "$home"
        """;

    private static readonly TimeSpan OrderLimit = TimeSpan.FromSeconds(90);

    private readonly string _home;
    private readonly string _programs;
    private readonly Process _guard;

    private ChaosDatabase(string home, string programs, Process guard) => (_home, _programs, _guard) = (home, programs, guard);

    /// <summary>Where nodes find it.</summary>
    public string ConnectionString => $"Host={_home};Username=voicecluster;Database=postgres";

    /// <summary>Starts an empty server.</summary>
    /// <exception cref="ConnectFailedException">PostgreSQL is not installed, or does not start.</exception>
    public static async Task<ChaosDatabase> StartAsync()
    {
        var programs = FindPrograms() ?? throw new ConnectFailedException("PostgreSQL 15 or later is not installed; in Debian the package is called postgresql-15.");
        var home = Directory.CreateTempSubdirectory("voicechaos-pg-").FullName;
        string[] asUser = [];
        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync("chown", "nobody", home);
            asUser = ["setpriv", "--reuid=nobody", "--clear-groups", "--"];
        }

        string[] command = [.. asUser, "sh", "-c", Guard, "guard", programs, home];
        var guard = Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = home,
        })!;
        var database = new ChaosDatabase(home, programs, guard);
        await database.ExpectAsync("started");
        return database;
    }

    /// <summary>Stops the server; it tells its clients so, unless it is to be as if it had crashed.</summary>
    public Task StopAsync(bool crash) => OrderAsync(crash ? "stop immediate" : "stop fast", "stopped");

    /// <summary>Starts it again with all that was in it.</summary>
    public Task StartAgainAsync() => OrderAsync("start", "started");

    /// <summary>Asks for one number; null when the server is away or the question fails.</summary>
    public async Task<long?> CountAsync(string sql, CancellationToken cancellation)
    {
        using var process = Process.Start(
            new ProcessStartInfo(Path.Combine(_programs, "psql"), ["-h", _home, "-U", "voicecluster", "-d", "postgres", "-At", "-c", sql])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        var answer = await process.StandardOutput.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return long.TryParse(answer.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _guard.StandardInput.Close();
        await _guard.WaitForExitAsync();
        _guard.Dispose();
    }

    private static string? FindPrograms()
    {
        const string versions = "/usr/lib/postgresql";
        var installed = Directory.Exists(versions)
            ? Directory.GetDirectories(versions).OrderByDescending(VersionOf).Select(folder => Path.Combine(folder, "bin"))
            : [];
        var path = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator);
        return installed.Concat(path).FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "psql")));
    }

    private static int VersionOf(string folder) =>
        int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0;

    private static async Task RunAsync(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]))!;
        await process.WaitForExitAsync();
    }

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
            throw new ConnectFailedException($"PostgreSQL in {_home} was to be {expected} and is not: {answer ?? "its shell ended"}.");
        }
    }
}
