using System.Buffers.Binary;
using System.Net;
using System.Text;
using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.TestKit;

namespace VoiceCluster.EndToEnd.Tests.Node;

/// <summary>Limits on connections, and whose address they count behind proxies.</summary>
public sealed class EdgeTests
{
    private const string Trusting = "--Http:TrustedProxies=127.0.0.1/32";
    private const string Upgraded = "HTTP/1.1 101 Switching Protocols";

    [Fact]
    public async Task Sockets_before_identify_from_one_address_are_limited_and_an_identify_makes_room()
    {
        await using var node = await EndToEndNode.StartAsync("--Limits:SocketsBeforeIdentifyPerAddress=3");
        await using var scene = await Scene.SetAsync(node);
        var user = await scene.AddAsync();
        await using var one = await VoicePeer.OpenAsync(node);
        await using var two = await VoicePeer.OpenAsync(node);
        await using var three = await Backend.OpenAsync(node);
        (await FrameSocket.AskAsync(node.Voice)).ShouldBeEmpty();

        await one.IdentifyAsync(user);

        await using var four = await VoicePeer.OpenAsync(node);
        (await FrameSocket.AskAsync(node.Voice)).ShouldBeEmpty();
        await three.IdentifyAsync();
        (await FrameSocket.AskAsync(node.Voice)).ShouldBe(Upgraded);
    }

    [Fact]
    public async Task Socket_that_goes_away_makes_room()
    {
        await using var node = await EndToEndNode.StartAsync("--Limits:SocketsBeforeIdentifyPerAddress=1");
        await using (await VoicePeer.OpenAsync(node))
        {
            (await FrameSocket.AskAsync(node.Voice)).ShouldBeEmpty();
        }

        await Eventually.HoldsAsync(async () => await FrameSocket.AskAsync(node.Voice) == Upgraded);
    }

    [Theory]
    [InlineData("?v=99", "")]
    [InlineData("?v=8", "Sec-WebSocket-Extensions: permessage-deflate")]
    [InlineData("?v=8", "Sec-WebSocket-Protocol: chat")]
    public async Task Client_of_a_proxy_gives_its_place_back_however_its_socket_ends(string query, string header)
    {
        await using var node = await EndToEndNode.StartAsync(Trusting, "--Limits:SocketsBeforeIdentify=1");
        await FrameSocket.AskAsync(new Uri(node.Voice, query), null, header.Length > 0 ? [header, .. From("203.0.113.1")] : From("203.0.113.1"));

        await Eventually.HoldsAsync(async () => await FrameSocket.AskAsync(node.Voice, null, From("203.0.113.2")) == Upgraded);
    }

    [Fact]
    public async Task Clients_behind_a_trusted_proxy_are_counted_by_their_forwarded_address()
    {
        await using var node = await EndToEndNode.StartAsync(Trusting, "--Limits:SocketsBeforeIdentifyPerAddress=2");
        await using var one = await FrameSocket.ConnectAsync(node.Voice, null, From("203.0.113.1"));
        await using var two = await FrameSocket.ConnectAsync(node.Lvsp, null, From("198.51.100.7, 203.0.113.1"));

        (await FrameSocket.AskAsync(node.Voice, null, From("203.0.113.1"))).ShouldStartWith("HTTP/1.1 429");
        (await FrameSocket.AskAsync(node.Lvsp, null, From("203.0.113.1"))).ShouldStartWith("HTTP/1.1 429");

        (await FrameSocket.AskAsync(node.Voice, null, From("203.0.113.2"))).ShouldBe(Upgraded);
    }

    [Fact]
    public async Task Sockets_before_identify_are_limited_in_all()
    {
        await using var node = await EndToEndNode.StartAsync(Trusting, "--Limits:SocketsBeforeIdentify=2");
        await using var one = await FrameSocket.ConnectAsync(node.Voice, null, From("203.0.113.1"));
        await using var two = await FrameSocket.ConnectAsync(node.Voice, null, From("203.0.113.2"));

        (await FrameSocket.AskAsync(node.Voice, null, From("203.0.113.3"))).ShouldStartWith("HTTP/1.1 503");
    }

    [Fact]
    public async Task Forwarded_address_from_an_untrusted_peer_counts_for_nothing()
    {
        await using var node = await EndToEndNode.StartAsync("--Limits:SocketsBeforeIdentifyPerAddress=1");
        await using var one = await FrameSocket.ConnectAsync(node.Voice, null, From("203.0.113.1"));

        (await FrameSocket.AskAsync(node.Voice, null, From("203.0.113.2"))).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Clients_behind_a_proxy_with_a_header_are_counted_by_its_source(int version)
    {
        await using var node = await EndToEndNode.StartAsync(Trusting, "--Http:ProxyProtocol=true", "--Limits:SocketsBeforeIdentifyPerAddress=1");
        await using var one = await FrameSocket.ConnectAsync(node.Voice, ProxyHeader(version, "203.0.113.1"));
        (await one.ReadTextAsync()).Names().ShouldNotBeEmpty();

        (await FrameSocket.AskAsync(node.Voice, ProxyHeader(version, "203.0.113.1"))).ShouldBeEmpty();
        (await FrameSocket.AskAsync(node.Voice, ProxyHeader(version, "203.0.113.2"))).ShouldBe(Upgraded);
    }

    [Fact]
    public async Task Proxy_without_its_header_is_cut()
    {
        await using var node = await EndToEndNode.StartAsync(Trusting, "--Http:ProxyProtocol=true");

        (await FrameSocket.AskAsync(node.Voice)).ShouldBeEmpty();
        (await FrameSocket.AskAsync(node.Voice, "PROXY TCP4 203.0.113.1\r\n"u8.ToArray())).ShouldBeEmpty();
        (await FrameSocket.AskAsync(node.Voice, "PROXY UNKNOWN\r\n"u8.ToArray())).ShouldBe(Upgraded);
    }

    [Fact]
    public async Task Sessions_of_a_realm_are_limited_and_detached_ones_give_way()
    {
        await using var node = await EndToEndNode.StartAsync("--Limits:LvspSessionsPerRealm=1", "--Lvsp:Secrets:second=another-secret-of-another-site");
        await using var first = await Backend.ConnectAsync(node);
        await using (var second = await Backend.OpenAsync(node))
        {
            await second.Socket.SendAsync(1, $$"""{"token":"{{Backend.TokenFor(second.Nonce)}}"}""");
            (await second.Socket.EndAsync()).ShouldBe(new SocketEnd(4000, "too many sessions"));
        }

        await using var other = await Backend.ConnectAsync(node, secret: "another-secret-of-another-site");
        await node.LoseAsync(first);
        await using var third = await Backend.ConnectAsync(node);
    }

    [Fact]
    public async Task Refused_connections_are_counted()
    {
        await using var node = await EndToEndNode.StartAsync(Trusting, "--Limits:SocketsBeforeIdentify=1");
        await using var one = await VoicePeer.OpenAsync(node);
        await FrameSocket.AskAsync(node.Voice);

        (await node.MetricsAsync()).Split('\n').Where(line => line.StartsWith("voicecluster_connections", StringComparison.Ordinal)).ShouldContain("voicecluster_connections_refused_total{reason=\"unidentified\"} 1");
    }

    private static string[] From(string address) => [$"X-Forwarded-For: {address}"];

    private static byte[] ProxyHeader(int version, string source)
    {
        if (version == 1)
        {
            return Encoding.ASCII.GetBytes($"PROXY TCP4 {source} 192.0.2.10 4711 443\r\n");
        }

        var header = new byte[28];
        "\r\n\r\n\0\r\nQUIT\n"u8.CopyTo(header);
        header[12] = 0x21;
        header[13] = 0x11;
        header[15] = 12;
        IPAddress.Parse(source).TryWriteBytes(header.AsSpan(16), out _);
        IPAddress.Parse("192.0.2.10").TryWriteBytes(header.AsSpan(20), out _);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(24), 4711);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(26), 443);
        return header;
    }
}
