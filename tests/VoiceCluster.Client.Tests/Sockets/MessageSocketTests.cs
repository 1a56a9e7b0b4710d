using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using VoiceCluster.Client.Sockets;
using VoiceCluster.TestKit.Sockets;

namespace VoiceCluster.Client.Tests.Sockets;

public sealed class MessageSocketTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Messages_arrive_whole_whatever_their_size()
    {
        using var listener = new WebSocketListener();
        var (client, server) = await ConnectAsync(listener, TlsTrust.Machine);
        await using var _ = client;
        var large = Encoding.ASCII.GetBytes(new string('x', 100_000));

        await server.SendAsync(large, WebSocketMessageType.Text, true, CancellationToken.None);
        await server.SendAsync("{}"u8.ToArray(), WebSocketMessageType.Binary, true, CancellationToken.None);

        (await client.ReceiveAsync()).Body.ToArray().ShouldBe(large);
        var second = await client.ReceiveAsync();
        second.Kind.ShouldBe(WebSocketMessageType.Binary);
        second.Body.ToArray().ShouldBe("{}"u8.ToArray());
    }

    [Fact]
    public async Task ReceiveAsync_closed_by_the_server_tells_code_and_reason()
    {
        using var listener = new WebSocketListener();
        var (client, server) = await ConnectAsync(listener, TlsTrust.Machine);
        await using var _ = client;

        await server.CloseOutputAsync((WebSocketCloseStatus)4014, "moved", CancellationToken.None);
        var end = await client.ReceiveAsync();

        end.IsEnd.ShouldBeTrue();
        end.CloseCode.ShouldBe(4014);
        end.CloseReason.ShouldBe("moved");
    }

    [Fact]
    public async Task ReceiveAsync_broken_connection_is_an_end_without_code()
    {
        using var listener = new WebSocketListener();
        var (client, server) = await ConnectAsync(listener, TlsTrust.Machine);
        await using var _ = client;

        server.Abort();
        var end = await client.ReceiveAsync();

        end.IsEnd.ShouldBeTrue();
        end.CloseCode.ShouldBeNull();
    }

    [Fact]
    public async Task ReceiveAsync_longer_than_allowed_is_an_end()
    {
        using var listener = new WebSocketListener();
        var (client, server) = await ConnectAsync(listener, TlsTrust.Machine);
        await using var _ = client;

        var sending = server.SendAsync(new byte[MessageSocket.LargestMessage + 1], WebSocketMessageType.Binary, true, CancellationToken.None);

        (await client.ReceiveAsync()).IsEnd.ShouldBeTrue();
        await Should.NotThrowAsync(Task.WhenAny(sending));
    }

    [Fact]
    public async Task ConnectAsync_nobody_listens_names_client_and_url()
    {
        var url = new Uri($"ws://127.0.0.1:{UnusedPort()}/lvsp");

        var exception = await Should.ThrowAsync<ConnectFailedException>(
            () => MessageSocket.ConnectAsync(url, TlsTrust.Machine, "backend", Limit, CancellationToken.None));

        exception.Message.ShouldStartWith($"backend could not connect to {url}: ");
    }

    [Fact]
    public async Task A_certificate_made_for_the_test_is_accepted_by_those_that_trust_it_this_machine_or_anything()
    {
        using var certificate = TestCertificate.ForLocalhost();
        using var listener = new WebSocketListener(certificate);
        using var only = TlsTrust.Only(certificate);

        foreach (var trust in new[] { only, TlsTrust.Anything, TlsTrust.MachineAndLoopback })
        {
            var (client, server) = await ConnectAsync(listener, trust);
            await using var _ = client;
            await client.SendAsync("hello"u8.ToArray());
            var buffer = new byte[16];
            (await server.ReceiveAsync(buffer, CancellationToken.None)).Count.ShouldBe(5);
        }
    }

    [Fact]
    public async Task A_certificate_of_somebody_else_is_refused()
    {
        using var certificate = TestCertificate.ForLocalhost();
        using var other = TestCertificate.ForLocalhost();
        using var listener = new WebSocketListener(certificate);
        using var only = TlsTrust.Only(other);

        foreach (var trust in new[] { only, TlsTrust.Machine })
        {
            await Should.ThrowAsync<ConnectFailedException>(() => ConnectAsync(listener, trust));
        }
    }

    private static async Task<(MessageSocket Client, WebSocket Server)> ConnectAsync(WebSocketListener listener, TlsTrust trust)
    {
        var accepting = listener.AcceptAsync();
        var client = await MessageSocket.ConnectAsync(listener.Url, trust, "test", Limit, CancellationToken.None);
        return (client, (await accepting).Socket);
    }

    private static int UnusedPort()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        return port;
    }
}
