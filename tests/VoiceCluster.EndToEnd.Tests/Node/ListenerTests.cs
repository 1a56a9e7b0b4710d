using System.Net;
using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.Node.Health;

namespace VoiceCluster.EndToEnd.Tests.Node;

/// <summary>What is served on which port.</summary>
public sealed class ListenerTests
{
    [Theory]
    [InlineData("lvsp")]
    [InlineData("")]
    [InlineData("?v=8")]
    [InlineData("some/where/else?compat=litecord")]
    public async Task Own_listener_of_Lvsp_takes_it_on_every_path(string path)
    {
        await using var node = await EndToEndNode.StartAsync("--Lvsp:Listen=127.0.0.1:0", "--Lvsp:Tls=false");

        await using var backend = await Backend.OpenAsync(new Uri($"ws://{node.Host.Listeners.Lvsp}/{path}"));

        await backend.IdentifyAsync();
        backend.Hello.GetProperty("d").GetProperty("heartbeat_interval").GetInt32().ShouldBe(path.Contains("compat", StringComparison.Ordinal) ? 30 : 30_000);
    }

    [Fact]
    public async Task Own_listener_of_Lvsp_speaks_tls()
    {
        await using var node = await EndToEndNode.StartAsync("--Lvsp:Listen=127.0.0.1:0");
        var url = new Uri($"wss://localhost:{node.Host.Listeners.Lvsp!.Port}/");

        await using var backend = await Backend.OpenAsync(url, trusted: node.CertificatePath);

        await backend.IdentifyAsync();
        await backend.SettleAsync();
        (await FrameSocket.AskAsync(url)).ShouldNotStartWith("HTTP/1.1 101");
    }

    [Fact]
    public async Task Both_gateways_are_served_over_tls()
    {
        await using var scene = await Scene.SetAsync();
        var url = new UriBuilder(scene.Node.Https) { Scheme = "wss" };
        await using var voice = await RawSocket.ConnectAsync(new UriBuilder(url.Uri) { Query = "v=8" }.Uri, trusted: scene.Node.CertificatePath);
        (await voice.NextAsync()).Op().ShouldBe(8);

        await using var backend = await Backend.OpenAsync(new UriBuilder(url.Uri) { Path = "lvsp" }.Uri, scene.Node.CertificatePath);

        await backend.IdentifyAsync();
        await backend.SettleAsync();
    }

    [Theory]
    [InlineData("", HttpStatusCode.UpgradeRequired)]
    [InlineData("lvsp", HttpStatusCode.UpgradeRequired)]
    [InlineData("elsewhere", HttpStatusCode.NotFound)]
    [InlineData("metrics", HttpStatusCode.NotFound)]
    [InlineData("api/node", HttpStatusCode.NotFound)]
    public async Task Public_port_serves_websockets_and_health_only(string path, HttpStatusCode expected)
    {
        using var client = new HttpClient();
        using var answer = await client.GetAsync(new Uri((await EndToEndNode.SharedAsync()).Http, path));

        answer.StatusCode.ShouldBe(expected);
    }

    [Fact]
    public async Task Admin_port_serves_no_gateway()
    {
        var node = await EndToEndNode.SharedAsync();
        foreach (var path in new[] { string.Empty, "lvsp" })
        {
            (await FrameSocket.AskAsync(new Uri(node.Admin, path))).ShouldBeOneOf("HTTP/1.1 404 Not Found", "HTTP/1.1 401 Unauthorized");
        }
    }

    [Fact]
    public async Task Health_and_readiness_tell_apart_a_node_that_lives_from_one_that_takes_work()
    {
        await using var node = await EndToEndNode.StartAsync();
        using var client = new HttpClient();
        (await client.GetStringAsync(new Uri(node.Http, "healthz"))).ShouldBe("ok\n");
        (await client.GetStringAsync(new Uri(node.Http, "readyz"))).ShouldBe("ready\n");

        node.Part<NodeReadiness>().NotMet("store", "gone");

        using var notReady = await client.GetAsync(new Uri(node.Http, "readyz"));
        notReady.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await client.GetStringAsync(new Uri(node.Http, "healthz"))).ShouldBe("ok\n");
    }

    [Fact]
    public async Task Health_told_to_backends_is_0_while_the_node_takes_no_work()
    {
        await using var node = await EndToEndNode.StartAsync(new EndToEndSetup { Time = new TestKit.ManualTimeProvider() });
        await using var backend = await Backend.ConnectAsync(node);
        node.Part<NodeReadiness>().NotMet("drain", "an operator said so");
        node.Advance(TimeSpan.FromSeconds(2));

        // Health is read after each message, for the next answer.
        await backend.BeatAsync("{}");

        (await backend.BeatAsync("{}")).GetProperty("health").GetDouble().ShouldBe(0);
    }

    [Fact]
    public async Task Metrics_are_well_formed_and_show_a_call()
    {
        await using var scene = await Scene.SetAsync();
        await using var one = await scene.CallAsync();
        await using var other = await scene.CallAsync();
        await one.SpeakToAsync(other);

        var text = await scene.Node.MetricsAsync();

        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            line.ShouldMatch("^(# (HELP|TYPE|UNIT|EOF).*|[a-z_:][a-z0-9_:]*(\\{[^}]*\\})? [-+0-9.eEInfNa]+)$");
        }

        // Meters belong to the process, which other nodes of this test run share: values can only be told apart where they count up.
        text.ShouldContain("# TYPE voicecluster_gateway_sessions gauge");
        text.ShouldContain("# TYPE voicecluster_lvsp_sessions gauge");
        Value(text, "voicecluster_lvsp_requests_total").ShouldBeGreaterThanOrEqualTo(3);
    }

    [Fact]
    public async Task Metrics_hold_no_secrets()
    {
        await using var scene = await Scene.SetAsync();
        var user = await scene.AddAsync();
        await using var peer = await VoicePeer.JoinAsync(scene.Node, user);

        var text = await scene.Node.MetricsAsync();

        foreach (var secret in new[] { user.Token, user.SessionId, user.UserId, scene.ChannelToken, scene.Backend.Token, scene.Backend.SessionId, EndToEndNode.Secret })
        {
            text.ShouldNotContain(secret);
            scene.Node.Log.Entries.ShouldAllBe(entry => !entry.Message.Contains(secret, StringComparison.Ordinal) || secret == user.UserId);
        }
    }

    private static double Value(string metrics, string name) => metrics.Split('\n')
        .Where(line => line.StartsWith(name + " ", StringComparison.Ordinal) || line.StartsWith(name + "{", StringComparison.Ordinal))
        .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..]));
}
