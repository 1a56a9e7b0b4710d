using System.Diagnostics;
using System.Globalization;
using VoiceCluster.TestKit;

namespace VoiceCluster.Node.Tests.Startup;

/// <summary><c>deploy/local-cluster.sh</c>, which <c>run.sh --nodes</c> ends in, with a program in the node's place that says how it was started.</summary>
public sealed class LocalClusterScriptTests : IDisposable
{
    private const string Variable = "VOICECLUSTER__Cluster__Postgres__ConnectionString";
    private const string Named = "Host=db.test;Username=someone";
    private const int Interrupted = 130;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("--Cluster:Postgres:ConnectionString", Named)]
    [InlineData("--Cluster:Postgres:ConnectionString=" + Named)]
    [InlineData("--cluster:postgres:connectionstring", Named)]
    public async Task A_database_that_a_flag_names_is_used_and_none_is_started(params string[] flags)
    {
        await RunAsync(flags, database: null);

        foreach (var log in ReadLogs())
        {
            log.ShouldContain("database ''", customMessage: "The variable would name one that was started.");
            log.ShouldContain($"<{string.Join("> <", flags)}>");
        }
    }

    [Fact]
    public async Task So_is_one_that_the_environment_names()
    {
        await RunAsync([], Named);

        ReadLogs().ShouldAllBe(log => log.Contains($"database '{Named}'"));
    }

    [Fact]
    public async Task Each_node_has_a_name_and_an_address_of_its_own_and_all_have_one_secret()
    {
        await RunAsync(["--Media:Workers", "1"], Named);

        var logs = ReadLogs();
        for (var node = 1; node <= logs.Length; node++)
        {
            var log = logs[node - 1];
            log.ShouldContain($"<--Node:Id> <node-{node}>");
            log.ShouldContain($"<--Cluster:Listen> <127.0.0.{node}:7400>");
            log.ShouldContain("<--Media:Workers> <1>");
        }

        logs.Select(log => log.Split('\n').Single(line => line.StartsWith("secret ", StringComparison.Ordinal))).Distinct().ShouldHaveSingleItem().Length.ShouldBeGreaterThan(64);
    }

    /// <summary>Starts two nodes, stops them when they are ready, and waits until nothing is left of them.</summary>
    private async Task RunAsync(string[] flags, string? database)
    {
        var start = new ProcessStartInfo("bash", [RepositoryRoot.PathOf("deploy/local-cluster.sh"), "2", .. flags])
        {
            WorkingDirectory = _directory.Path,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        start.Environment["DOTNET"] = WriteNode();
        start.Environment["TMPDIR"] = Directory.CreateDirectory(Path.Combine(_directory.Path, "tmp")).FullName;
        start.Environment.Remove("VOICECLUSTER__Cluster__Secret");
        start.Environment[Variable] = database;
        using var deadline = new CancellationTokenSource(Deadline);
        using var script = Process.Start(start)!;
        try
        {
            while (await script.StandardOutput.ReadLineAsync(deadline.Token) is { } line && line != "cluster of 2 nodes, ready")
            {
            }

            using var kill = Process.Start("kill", ["-TERM", script.Id.ToString(CultureInfo.InvariantCulture)]);
            await script.WaitForExitAsync(deadline.Token);
        }
        finally
        {
            script.Kill(entireProcessTree: true);
        }

        script.ExitCode.ShouldBe(Interrupted);
        Directory.EnumerateFileSystemEntries(Path.Combine(_directory.Path, "tmp")).ShouldBeEmpty();
    }

    private string WriteNode()
    {
        var file = _directory.Write(
            "node",
            $"""
            #!/bin/sh
            echo "database '${Variable}'"
            echo "secret $VOICECLUSTER__Cluster__Secret"
            printf '<%s> ' "$@"
            echo
            echo 'ready: '
            exec sleep 600
            """);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return file;
    }

    private string[] ReadLogs() => [.. Enumerable.Range(1, 2).Select(node => File.ReadAllText(Path.Combine(_directory.Path, $"var/node-{node}/node.log")))];
}
