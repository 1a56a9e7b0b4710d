using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using VoiceCluster.Gateways.Edge;
using VoiceCluster.TestKit;

namespace VoiceCluster.Gateways.Tests.Edge;

/// <summary>The edge on a real listener: what a connection has to get through before its first request is answered.</summary>
public sealed class EdgeConnectionsTests : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private static readonly TrustedProxies Loopback = new([IPNetwork.Parse("127.0.0.0/8")]);

    private readonly ManualTimeProvider _time = new();
    private readonly CancellationTokenSource _deadline = new(Deadline);
    private IHost? _host;
    private ConnectionLimiter _limiter = null!;
    private EdgeTelemetry _telemetry = null!;
    private EdgeConnections _edge = null!;

    [Fact]
    public async Task Text_header_of_a_trusted_proxy_names_the_client()
    {
        var port = await StartAsync(new EdgeOptions(Loopback, ReadProxyHeader: true, MaxConnections: 100));
        (await SendAsync(port, "PROXY TCP4 198.51.100.7 192.0.2.1 4711 443\r\n" + Request())).ShouldEndWith("198.51.100.7 4711 True");
    }

    [Fact]
    public async Task Header_in_single_bytes_is_put_together()
    {
        var port = await StartAsync(new EdgeOptions(Loopback, ReadProxyHeader: true, MaxConnections: 100));
        using var client = await ConnectAsync(port);
        client.NoDelay = true;
        foreach (var value in Encoding.ASCII.GetBytes("PROXY TCP4 198.51.100.7 192.0.2.1 4711 443\r\n" + Request()))
        {
            await client.SendAsync(new[] { value }, _deadline.Token);
        }
        (await ReadAllAsync(client)).ShouldEndWith("198.51.100.7 4711 True");
    }

    [Fact]
    public async Task Binary_header_of_a_trusted_proxy_names_the_client()
    {
        var port = await StartAsync(new EdgeOptions(Loopback, ReadProxyHeader: true, MaxConnections: 100));
        byte[] header = [.. "\r\n\r\n\0\r\nQUIT\n"u8, 0x21, 0x11, 0, 12, 198, 51, 100, 7, 192, 0, 2, 1, 0x12, 0x67, 1, 187];
        (await SendAsync(port, [.. header, .. Encoding.ASCII.GetBytes(Request())])).ShouldEndWith("198.51.100.7 4711 True");
    }

    [Fact]
    public async Task Proxy_that_speaks_for_itself_keeps_its_own_address()
    {
        var port = await StartAsync(new EdgeOptions(Loopback, ReadProxyHeader: true, MaxConnections: 100));
        (await SendAsync(port, "PROXY UNKNOWN\r\n" + Request())).ShouldContain("127.0.0.1 ");
    }

    [Fact]
    public async Task Trusted_proxy_without_a_header_is_cut_and_counted()
    {
        var port = await StartAsync(new EdgeOptions(Loopback, ReadProxyHeader: true, MaxConnections: 100));
        (await SendAsync(port, Request())).ShouldBe("");
        _telemetry.ProxyHeadersRefused.ShouldBe(1);
    }

    [Fact]
    public async Task Trusted_proxy_that_stays_silent_is_cut_after_five_seconds()
    {
        var port = await StartAsync(new EdgeOptions(Loopback, ReadProxyHeader: true, MaxConnections: 100));
        using var client = await ConnectAsync(port);
        await client.SendAsync("PROXY TCP4 "u8.ToArray(), _deadline.Token);
        await _time.WaitForTimersAsync(1);
        _time.Advance(TimeSpan.FromSeconds(6));
        (await ReadAllAsync(client)).ShouldBe("");
        _telemetry.ProxyHeadersRefused.ShouldBe(1);
    }

    [Fact]
    public async Task Header_of_a_stranger_is_not_believed()
    {
        var port = await StartAsync(new EdgeOptions(new TrustedProxies([IPNetwork.Parse("10.0.0.0/8")]), ReadProxyHeader: true, MaxConnections: 100));
        var answer = await SendAsync(port, "PROXY TCP4 198.51.100.7 192.0.2.1 4711 443\r\n" + Request());
        answer.ShouldNotContain("198.51.100.7");
        answer.ShouldContain("400");
    }

    [Fact]
    public async Task Forwarded_header_of_a_trusted_proxy_names_the_client_and_takes_its_place_with_the_request()
    {
        var port = await StartAsync(new EdgeOptions(Loopback, ReadProxyHeader: false, MaxConnections: 100));
        (await SendAsync(port, Request("X-Forwarded-For: 1.2.3.4, 198.51.100.7\r\n"))).ShouldEndWith("198.51.100.7 0 True");
    }

    [Fact]
    public async Task Forwarded_header_of_a_stranger_is_ignored()
    {
        var port = await StartAsync(new EdgeOptions(TrustedProxies.None, ReadProxyHeader: false, MaxConnections: 100));
        (await SendAsync(port, Request("X-Forwarded-For: 198.51.100.7\r\n"))).ShouldContain("127.0.0.1 ");
    }

    [Fact]
    public async Task Connection_beyond_the_limit_is_cut_before_it_says_anything()
    {
        var port = await StartAsync(new EdgeOptions(TrustedProxies.None, ReadProxyHeader: false, MaxConnections: 100), perAddress: 1);
        using var first = await ConnectAsync(port);
        await Eventually.HoldsAsync(() => _limiter.Waiting == 1);
        (await SendAsync(port, Request())).ShouldBe("");
        first.Dispose();
        await Eventually.HoldsAsync(() => _limiter.Waiting == 0);
        (await SendAsync(port, Request())).ShouldEndWith("True");
    }

    [Fact]
    public async Task Connection_beyond_the_total_is_cut_even_from_a_proxy()
    {
        var port = await StartAsync(new EdgeOptions(Loopback, ReadProxyHeader: false, MaxConnections: 1));
        using var first = await ConnectAsync(port);
        await Eventually.HoldsAsync(() => _edge.Open == 1);
        (await SendAsync(port, Request())).ShouldBe("");
        first.Dispose();
        await Eventually.HoldsAsync(() => _edge.Open == 0);
        (await SendAsync(port, Request())).ShouldContain(" 200 ");
        _telemetry.RefusedTotal.ShouldBe(1);
    }

    [Fact]
    public async Task Request_beyond_the_limit_behind_a_proxy_is_answered_429()
    {
        var port = await StartAsync(new EdgeOptions(Loopback, ReadProxyHeader: false, MaxConnections: 100), perAddress: 1);
        _limiter.TryEnter(IPAddress.Parse("198.51.100.7"), out _);
        (await SendAsync(port, Request("X-Forwarded-For: 198.51.100.7\r\n"))).ShouldContain(" 429 ");
        (await SendAsync(port, Request("X-Forwarded-For: 198.51.100.8\r\n"))).ShouldContain(" 200 ");
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.StopAsync(CancellationToken.None);
            _host.Dispose();
        }
        _deadline.Dispose();
    }

    private async Task<int> StartAsync(EdgeOptions options, int perAddress = 100)
    {
        var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
        _telemetry = new EdgeTelemetry(meters);
        _limiter = new ConnectionLimiter(new ConnectionLimits(100, perAddress), _telemetry);
        var edge = _edge = new EdgeConnections(options, _limiter, _telemetry, _time, NullLogger<EdgeConnections>.Instance);
        _host = new HostBuilder().ConfigureWebHost(web => web
            .UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, edge.Use))
            .Configure(app =>
            {
                edge.Use(app);
                app.Run(context => AnswerAsync(context, edge));
            })).Build();
        await _host.StartAsync(_deadline.Token);
        var address = _host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new Uri(address).Port;
    }

    private static async Task AnswerAsync(HttpContext context, EdgeConnections edge)
    {
        if (edge.TryAdmit(context, out var lease))
        {
            using (lease)
            {
                await context.Response.WriteAsync($"{context.Connection.RemoteIpAddress} {context.Connection.RemotePort} True");
            }
        }
    }

    private static string Request(string headers = "") => $"GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{headers}\r\n";

    private Task<string> SendAsync(int port, string text) => SendAsync(port, Encoding.ASCII.GetBytes(text));

    private async Task<string> SendAsync(int port, byte[] bytes)
    {
        try
        {
            using var client = await ConnectAsync(port);
            await client.SendAsync(bytes, _deadline.Token);
            return await ReadAllAsync(client);
        }
        catch (SocketException)
        {
            // Cut so early that connecting or sending already failed.
            return "";
        }
    }

    private async Task<Socket> ConnectAsync(int port)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(IPAddress.Loopback, port, _deadline.Token);
        return client;
    }

    // Chunk framing is stripped so that tests can look at the end of the body.
    private async Task<string> ReadAllAsync(Socket client)
    {
        var received = new MemoryStream();
        var buffer = new byte[4096];
        try
        {
            int count;
            while ((count = await client.ReceiveAsync(buffer, _deadline.Token)) > 0)
            {
                received.Write(buffer, 0, count);
            }
        }
        catch (SocketException)
        {
            // A reset is the other way of being cut.
        }
        var text = Encoding.ASCII.GetString(received.ToArray());
        return text.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal) ? text[..^7] : text;
    }
}
