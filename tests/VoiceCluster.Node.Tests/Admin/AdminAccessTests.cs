using System.Net;
using VoiceCluster.Node.Tests.Startup;

namespace VoiceCluster.Node.Tests.Admin;

public sealed class AdminAccessTests
{
    [Fact]
    public async Task Metrics_with_the_token_are_prometheus_text()
    {
        await using var node = await TestNode.StartAsync();
        using var answer = await GetAsync(node, "/metrics", $"Bearer {node.AdminToken}");
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.ToString().ShouldBe("text/plain; version=0.0.4; charset=utf-8");
        (await answer.Content.ReadAsStringAsync()).ShouldContain("voicecluster_tls_certificate_time_left_seconds ");
        answer.Headers.Contains("Set-Cookie").ShouldBeFalse();
    }

    [Fact]
    public async Task Node_with_the_token_describes_itself()
    {
        await using var node = await TestNode.StartAsync(["--Node:Id=voice-1"]);
        using var answer = await GetAsync(node, "/api/node", $"bearer  {node.AdminToken}");
        var description = await answer.Content.ReadAsStringAsync();
        description.ShouldContain("\"id\":\"voice-1\"");
        description.ShouldContain("\"load\":");
        description.ShouldContain("\"users\":0");
        description.ShouldContain("\"links\":[]");
        description.ShouldContain("\"relay\":[]");
    }

    [Fact]
    public async Task Collect_with_the_token_collects_garbage_and_says_nothing()
    {
        await using var node = await TestNode.StartAsync();
        var before = GC.CollectionCount(GC.MaxGeneration);
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(node.Admin, "/api/node/collect"));
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {node.AdminToken}");
        using var answer = await client.SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        GC.CollectionCount(GC.MaxGeneration).ShouldBeGreaterThanOrEqualTo(before + 2);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Bearer wrong")]
    [InlineData("Basic {token}")]
    [InlineData("{token}")]
    [InlineData("Bearer {token}x")]
    public async Task Request_without_the_right_token_is_refused_whatever_the_path(string? authorization)
    {
        await using var node = await TestNode.StartAsync();
        foreach (var path in new[] { "/metrics", "/api/node", "/nothing-here", "/" })
        {
            using var answer = await GetAsync(node, path, authorization?.Replace("{token}", node.AdminToken, StringComparison.Ordinal));
            answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized, path);
            answer.Headers.WwwAuthenticate.ToString().ShouldBe("Bearer");
            (await answer.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
        }
    }

    [Theory]
    [InlineData("localhost", HttpStatusCode.OK)]
    [InlineData("LOCALHOST:1234", HttpStatusCode.OK)]
    [InlineData("127.0.0.1:9090", HttpStatusCode.OK)]
    [InlineData("[::1]:9090", HttpStatusCode.OK)]
    [InlineData("metrics.internal", HttpStatusCode.OK)]
    [InlineData("attacker.example", HttpStatusCode.MisdirectedRequest)]
    [InlineData("localhost.attacker.example", HttpStatusCode.MisdirectedRequest)]
    [InlineData("192.0.2.1", HttpStatusCode.MisdirectedRequest)]
    public async Task Host_header_has_to_be_a_name_of_this_port(string host, HttpStatusCode expected)
    {
        await using var node = await TestNode.StartAsync(["--Admin:Hosts=metrics.internal"]);
        foreach (var path in new[] { "/metrics", "/healthz" })
        {
            using var answer = await GetAsync(node, path, $"Bearer {node.AdminToken}", host);
            answer.StatusCode.ShouldBe(expected);
        }
    }

    [Fact]
    public async Task Wildcard_port_may_be_called_by_the_address_that_was_reached()
    {
        await using var node = await TestNode.StartAsync(["--Admin:Listen=0.0.0.0:0"]);
        var address = new Uri($"http://127.0.0.1:{node.Host.Listeners.Admin!.Port}");
        using var own = await GetAsync(address, "/healthz", null, "127.0.0.1");
        own.StatusCode.ShouldBe(HttpStatusCode.OK);
        using var other = await GetAsync(address, "/healthz", null, "192.0.2.1");
        other.StatusCode.ShouldBe(HttpStatusCode.MisdirectedRequest);
    }

    private static Task<HttpResponseMessage> GetAsync(TestNode node, string path, string? authorization, string? host = null) =>
        GetAsync(node.Admin, path, authorization, host);

    private static async Task<HttpResponseMessage> GetAsync(Uri address, string path, string? authorization, string? host)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, path));
        request.Headers.Host = host;
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }
        return await client.SendAsync(request);
    }
}
