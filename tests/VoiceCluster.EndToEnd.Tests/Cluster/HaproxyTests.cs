using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.RegularExpressions;
using Npgsql;
using VoiceCluster.Client.Postgres;
using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.TestKit;
using VoiceCluster.TestKit.Sockets;

namespace VoiceCluster.EndToEnd.Tests.Cluster;

/// <summary>The example of <c>deploy/haproxy.cfg</c>, with its addresses exchanged, in front of three nodes.</summary>
public sealed partial class HaproxyTests : IAsyncLifetime
{
    private const string Program = "/usr/sbin/haproxy";
    private const string AdminToken = "the-token-of-the-admin-port-of-this-cluster";
    private const int Nodes = 3;

    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("voicecluster-haproxy-");
    private readonly Dictionary<string, SeparateNode> _nodes = [];
    private readonly int _admin = FreePort.Take();
    private string _database = "";
    private Process? _haproxy;
    private Uri _address = null!;

    public static string? MissingReason => PostgresServer.MissingReason ?? (File.Exists(Program) ? null : "HAProxy is not installed.");

    public async Task InitializeAsync()
    {
        if (MissingReason is not null)
        {
            return;
        }

        _database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        foreach (var name in new[] { "node-1", "node-2", "node-3" })
        {
            _nodes[name] = await SeparateNode.StartAsync(new Dictionary<string, string>
            {
                // One takes orders, also those about the others.
                ["Admin:Listen"] = name == "node-1" ? $"127.0.0.1:{_admin}" : "off",
                ["Admin:Token"] = AdminToken,
                ["Node:Id"] = name,
                ["Cluster:Store"] = "Postgres",
                ["Cluster:Postgres:ConnectionString"] = _database,
                ["Cluster:Secret"] = "the-secret-of-this-cluster",
                ["Cluster:Listen"] = "127.0.0.1:0",
                ["Http:ProxyProtocol"] = "true",
                ["Http:TrustedProxies"] = "127.0.0.1/32",
            });
        }

        StartHaproxy();
    }

    public async Task DisposeAsync()
    {
        if (_haproxy is not null)
        {
            _haproxy.Kill();
            await _haproxy.WaitForExitAsync();
            _haproxy.Dispose();
        }

        foreach (var node in _nodes.Values)
        {
            await node.DisposeAsync();
        }

        _home.Delete(recursive: true);
    }

    [HaproxyFact]
    public async Task A_backend_whose_node_is_killed_resumes_over_the_same_address_with_exactly_the_rest()
    {
        var first = await ConnectAsync();
        await first.IdentifyAsync();
        var told = new List<string>();
        for (var number = 1; number <= 6; number++)
        {
            await first.InfoAsync(LvspForm.Litecord, 0, $$"""{"channel_id":"{{Ids.Next()}}"}""");
            var answer = await first.Socket.NextAsync();
            answer.GetProperty("s").GetInt64().ShouldBe(number);
            told.Add(answer.GetRawText());
        }

        var killed = await HolderAsync(first);
        await _nodes[killed].KillAsync();
        await first.Socket.EndAsync();

        await using var second = await ConnectAsync();
        await second.Socket.SendAsync(2, $$"""{"token":"{{Backend.TokenFor(second.Nonce)}}","session_id":"{{first.SessionId}}","seq":2}""");
        foreach (var expected in told[2..])
        {
            (await second.Socket.NextAsync()).GetRawText().ShouldBe(expected);
        }

        (await second.Socket.NextAsync()).GetProperty("d").GetProperty("resumed").GetBoolean().ShouldBeTrue();
        (await HolderAsync(first)).ShouldNotBe(killed);

        // It may take a while until a shard of the dead node is served again: asked again, the answers have the next numbers.
        second.Sequence = told.Count;
        await second.InfoAsync(LvspForm.Litecord, 0, $$"""{"channel_id":"{{Ids.Next()}}"}""");
        (await second.Socket.NextAsync()).GetProperty("s").GetInt64().ShouldBe(told.Count + 1);
        await first.DisposeAsync();
    }

    [HaproxyFact]
    public async Task New_links_are_spread_over_the_nodes_that_are_ready_and_none_is_given_to_the_others()
    {
        // HAProxy counts links that were closed a moment ago, so not every round is even.
        var kept = new List<Backend>();
        await Eventually.HoldsAsync(async () =>
        {
            await CloseAsync(kept);
            return (await HoldersOfNewLinksAsync(2 * Nodes, kept)).Distinct().Count() == Nodes;
        });

        await DrainAsync(HttpMethod.Post, "node-2");
        await Eventually.HoldsAsync(async () => !(await HoldersOfNewLinksAsync(2 * Nodes)).Contains("node-2"));
        await Eventually.HoldsAsync(async () =>
        {
            var holders = await HoldersOfNewLinksAsync(2 * Nodes);
            holders.ShouldNotContain("node-2");
            return holders.Distinct().Count() == Nodes - 1;
        });

        // What it has it keeps.
        foreach (var link in kept)
        {
            (await link.BeatAsync("{\"s\":0}")).ToString().ShouldNotBeEmpty();
        }

        await CloseAsync(kept);
        await DrainAsync(HttpMethod.Delete, "node-2");
        await Eventually.HoldsAsync(async () => (await HoldersOfNewLinksAsync(2 * Nodes)).Contains("node-2"));
    }

    [HaproxyFact]
    public async Task A_node_takes_nobody_at_this_address_who_does_not_say_for_whom_he_speaks() =>
        (await FrameSocket.AskAsync(_nodes["node-1"].Lvsp)).ShouldBeEmpty();

    private static async Task CloseAsync(List<Backend> links)
    {
        foreach (var link in links)
        {
            await link.DisposeAsync();
        }

        links.Clear();
    }

    /// <summary>Links that are open at the same time: which nodes have them.</summary>
    /// <param name="count">How many.</param>
    /// <param name="kept">Takes the links; they are closed if this is null.</param>
    private async Task<IReadOnlyList<string>> HoldersOfNewLinksAsync(int count, List<Backend>? kept = null)
    {
        var links = kept ?? [];
        for (var link = 0; link < count; link++)
        {
            links.Add(await ConnectAsync());
            await links[^1].IdentifyAsync();
        }

        var holders = await Task.WhenAll(links.Select(HolderAsync));
        if (kept is null)
        {
            await CloseAsync(links);
        }

        return holders;
    }

    private async Task DrainAsync(HttpMethod method, string node) =>
        await new AdminPort(new Uri($"http://127.0.0.1:{_admin}/"), AdminToken).AskAsync(method, $"api/nodes/{node}/drain?deadline=10m");

    private async Task<Backend> ConnectAsync()
    {
        using var deadline = new CancellationTokenSource(RawSocket.Limit);
        while (true)
        {
            try
            {
                return await Backend.OpenAsync(_address);
            }
            catch (WebSocketException)
            {
                // No check has said yet that a node is ready, as a backend may find too.
                await Task.Delay(TimeSpan.FromMilliseconds(50), deadline.Token);
            }
        }
    }

    private async Task<string> HolderAsync(Backend backend)
    {
        await using var connection = new NpgsqlConnection(_database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select holder_node from voicecluster.lvsp_sessions where session_id = $1", connection);
        command.Parameters.AddWithValue(backend.SessionId);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private void StartHaproxy()
    {
        var port = FreePort.Take();
        var example = File.ReadAllText(RepositoryRoot.PathOf("deploy/haproxy.cfg"));
        var configuration = Servers().Replace(example.Replace("bind :443", $"bind 127.0.0.1:{port}", StringComparison.Ordinal), server =>
        {
            var http = _nodes[server.Groups["name"].Value].Lvsp.Port;
            return $"server {server.Groups["name"].Value} 127.0.0.1:{http} check port {http}";
        });
        configuration.ShouldNotContain("10.0.0.");
        var file = Path.Combine(_home.FullName, "haproxy.cfg");
        File.WriteAllText(file, configuration);
        _haproxy = Process.Start(new ProcessStartInfo(Program, ["-db", "-q", "-f", file]) { UseShellExecute = false })!;
        _address = new Uri($"ws://127.0.0.1:{port}/lvsp");
    }

    [GeneratedRegex(@"server (?<name>node-\d) \S+ check port \d+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Servers();

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class HaproxyFactAttribute : FactAttribute
    {
        public HaproxyFactAttribute() => Skip = MissingReason!;
    }
}
