using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using VoiceCluster.Node.Composition;
using VoiceCluster.Node.Health;
using VoiceCluster.Node.Tls;

namespace VoiceCluster.Node.Tests.Startup;

/// <summary>A whole node process shell on real ports.</summary>
public sealed class NodeHostTests
{
    [Theory]
    [InlineData("/healthz", "ok\n")]
    [InlineData("/readyz", "ready\n")]
    public async Task Health_is_answered_on_every_port_without_token(string path, string body)
    {
        await using var node = await TestNode.StartAsync();
        using var client = TrustingClient(node);
        foreach (var address in new[] { node.Http, node.Https, node.Admin })
        {
            (await client.GetStringAsync(new Uri(address, path))).ShouldBe(body);
        }
    }

    [Fact]
    public async Task Readiness_falls_with_any_condition_and_health_does_not()
    {
        await using var node = await TestNode.StartAsync();
        node.Host.Services.GetRequiredService<NodeReadiness>().NotMet("store", "no connection");
        using var client = new HttpClient();
        using var ready = await client.GetAsync(new Uri(node.Http, "/readyz"));
        ready.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await ready.Content.ReadAsStringAsync()).ShouldBe("not ready\n");
        (await client.GetStringAsync(new Uri(node.Http, "/healthz"))).ShouldBe("ok\n");
    }

    [Fact]
    public async Task Certificate_is_the_same_after_a_restart()
    {
        using var directory = new TemporaryDirectory();
        var thumbprints = new List<string>();
        for (var start = 0; start < 2; start++)
        {
            await using var host = NodeHost.Build(TestNode.Options(directory.Path));
            await host.StartAsync(CancellationToken.None);
            thumbprints.Add(host.Services.GetRequiredService<ServerCertificate>().Current.Thumbprint);
            await host.StopAsync(CancellationToken.None);
        }
        thumbprints[1].ShouldBe(thumbprints[0]);
    }

    [Fact]
    public async Task Public_ports_do_not_serve_what_is_the_operators()
    {
        await using var node = await TestNode.StartAsync();
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Authorization = new("Bearer", node.AdminToken);
        using var answer = await client.GetAsync(new Uri(node.Http, "/metrics"));
        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        answer.Headers.Server.ShouldBeEmpty();
    }

    [Fact]
    public async Task Oversized_headers_are_refused()
    {
        await using var node = await TestNode.StartAsync();
        var answer = await SendRawAsync(node.Host.Listeners.Http!, $"GET / HTTP/1.1\r\nHost: x\r\nA: {new string('a', 20_000)}\r\n\r\n");
        answer.ShouldStartWith("HTTP/1.1 431");
        answer = await SendRawAsync(node.Host.Listeners.Http!, $"GET /{new string('a', 5_000)} HTTP/1.1\r\nHost: x\r\n\r\n");
        answer.ShouldStartWith("HTTP/1.1 414");
    }

    [Fact]
    public async Task Ports_of_the_systems_choice_are_not_known_before_they_are_open()
    {
        using var directory = new TemporaryDirectory();
        await using var host = NodeHost.Build(TestNode.Options(directory.Path));
        _ = host.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value;
        host.Listeners.Https.ShouldNotBeNull().Port.ShouldBe(0);
        host.Listeners.IsOpen.ShouldBeFalse();

        await host.StartAsync(CancellationToken.None);

        host.Listeners.IsOpen.ShouldBeTrue();
        await host.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Clients_are_told_the_tls_port_that_was_bound()
    {
        await using var node = await TestNode.StartAsync();
        node.Host.Listeners.PublicEndpoint(node.Host.Options.Voice).ToString().ShouldBe($"localhost:{node.Https.Port}");
        node.Host.DescribeStartup().ShouldContain($"clients are told localhost:{node.Https.Port}");
    }

    [Fact]
    public async Task Own_lvsp_listener_speaks_tls_or_not_as_configured()
    {
        await using var node = await TestNode.StartAsync(["--Lvsp:Listen=127.0.0.1:0", "--Lvsp:Tls=false"]);
        using var client = new HttpClient();
        (await client.GetStringAsync(new Uri($"http://{node.Host.Listeners.Lvsp}/healthz"))).ShouldBe("ok\n");
    }

    [Fact]
    public async Task Node_serves_its_clients_with_the_admin_port_switched_off()
    {
        await using var node = await TestNode.StartAsync(["--Admin:Listen=off"]);
        node.Host.Listeners.Admin.ShouldBeNull();
        using var client = new HttpClient();
        (await client.GetStringAsync(new Uri(node.Http, "/healthz"))).ShouldBe("ok\n");
    }

    private static HttpClient TrustingClient(TestNode node)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(node.Host.Services.GetRequiredService<ServerCertificate>().Current);
        return new HttpClient(new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = policy } });
    }

    private static async Task<string> SendRawAsync(IPEndPoint address, string request)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address, deadline.Token);
        await socket.SendAsync(Encoding.ASCII.GetBytes(request), deadline.Token);
        var buffer = new byte[256];
        var count = await socket.ReceiveAsync(buffer, deadline.Token);
        return Encoding.ASCII.GetString(buffer, 0, count);
    }
}
