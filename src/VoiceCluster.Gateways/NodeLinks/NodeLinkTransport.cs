using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net.Http;
using System.Net.WebSockets;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Links;
using VoiceCluster.Cluster.Transport;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Gateways.NodeLinks;

/// <summary>Carries frames between nodes over WebSockets: one authenticated connection per pair of nodes that know each other (ADR 11).</summary>
/// <remarks>
/// Both ends prove that they know the cluster's secret before anything else is said; see <see cref="LinkIdentity"/>. Safe for calls from any thread.
/// </remarks>
public sealed partial class NodeLinkTransport : INodeTransport, IAsyncDisposable
{
    /// <summary>The path of links on a node's cluster port.</summary>
    public const string Path = "/link";

    /// <summary>Connections that have not proven anything; what is more is refused.</summary>
    private const int MaxUnproven = 64;

    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<NodeId, NodeLink> _links = [];
    private readonly INodeAddresses _addresses;
    private readonly NodeLinkTls? _tls;
    private readonly SocketsHttpHandler _handler;
    private readonly HttpMessageInvoker _http;
    private readonly ITimer _tick;
    private readonly long _start;
    private volatile Action<NodeIncarnation, ReadOnlyMemory<byte>>? _received;
    private volatile Action<NodeId, ReadOnlyMemory<byte>>? _lost;
    private volatile bool _stopping;
    private int _unproven;

    /// <summary>Links of one life of a node. Nothing is opened before a peer is known.</summary>
    public NodeLinkTransport(
        LinkIdentity identity,
        INodeAddresses addresses,
        TimeProvider time,
        ILogger<NodeLinkTransport> logger,
        LinkOptions? options = null,
        NodeLinkTls? tls = null)
    {
        Identity = identity;
        Options = options ?? new LinkOptions();
        Time = time;
        Logger = logger;
        _addresses = addresses;
        _tls = tls;
        _handler = CreateHandler(tls);
        _http = new HttpMessageInvoker(_handler);
        _start = time.GetTimestamp();
        _tick = time.CreateTimer(static transport => ((NodeLinkTransport)transport!).Tick(), this, TickInterval, TickInterval);
    }

    /// <summary>Tells whenever a node becomes reachable or stops being so. Called from any thread; must not wait.</summary>
    public event Action<NodeReachability>? ReachabilityChanged;

    internal LinkIdentity Identity { get; }

    internal LinkOptions Options { get; }

    internal TimeProvider Time { get; }

    internal ILogger Logger { get; }

    internal TimeSpan Now => Time.GetElapsedTime(_start);

    /// <summary>Every link there has been, as it is now.</summary>
    public ImmutableArray<NodeLinkStatus> Links => [.. _links.Values.Select(link => link.Status)];

    /// <inheritdoc />
    public SendResult TrySend(NodeId target, ReadOnlyMemory<byte> frame)
    {
        if (FindLink(target) is { } link)
        {
            return link.TrySend(frame);
        }

        NodeLinkTelemetry.Dropped(target, SendResult.Unreachable);
        return SendResult.Unreachable;
    }

    /// <inheritdoc />
    public bool CanReach(NodeId node) => _links.TryGetValue(node, out var link) && link.Status.IsConnected;

    /// <inheritdoc />
    public bool IsCutOff(NodeId node) =>
        _links.TryGetValue(node, out var link) && link.Status is { IsUnreachable: true } status && status.Incarnation != default;

    /// <inheritdoc />
    public void Receive(Action<NodeIncarnation, ReadOnlyMemory<byte>> handler, Action<NodeId, ReadOnlyMemory<byte>>? lost = null)
    {
        _lost = lost;
        _received = handler;
    }

    /// <summary>Opens the link to a node before there is anything to send, so that its loss is noticed.</summary>
    public void Open(NodeId node) => FindLink(node)?.Open();

    /// <summary>Serves a connection that another node has made, to its end.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest || Interlocked.Increment(ref _unproven) > MaxUnproven)
        {
            Refuse(context);
            return;
        }

        using var socket = await UpgradeAsync(context);
        (NodeLink Link, LinkUp Up)? accepted = null;
        try
        {
            accepted = await AcceptAsync(socket);
        }
        catch (LinkSocketException)
        {
            NodeLinkTelemetry.Failed("accept");
        }
        finally
        {
            Interlocked.Decrement(ref _unproven);
        }

        if (accepted is { } standing)
        {
            await standing.Link.RunAsync(socket, standing.Up.Connection);
        }
    }

    /// <summary>Says goodbye on every link and ends them.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        await _tick.DisposeAsync();
        using var deadline = new CancellationTokenSource(StopDeadline, Time);
        await Task.WhenAll(_links.Values.Select(link => link.StopAsync(deadline.Token)));
        _http.Dispose();
    }

    /// <summary>Connects to a node's cluster port.</summary>
    /// <exception cref="LinkSocketException">Nobody knows the address, or nothing answers there.</exception>
    internal async Task<LinkSocket> ConnectAsync(NodeId node, CancellationToken deadline)
    {
        var address = _addresses.Find(node) ?? throw new LinkSocketException("Nobody knows its address.");
        var socket = new ClientWebSocket();
        try
        {
            socket.Options.KeepAliveInterval = TimeSpan.Zero;
            await socket.ConnectAsync(new UriBuilder(_tls is null ? "ws" : "wss", address.Host, address.Port, Path).Uri, _http, deadline);
            return new LinkSocket(socket);
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or HttpRequestException or UriFormatException)
        {
            socket.Dispose();
            throw new LinkSocketException(error.InnerException?.Message ?? error.Message, error);
        }
    }

    internal void Deliver(NodeIncarnation from, ReadOnlyMemory<byte> frame)
    {
        if (_received is not { } received)
        {
            NodeLinkTelemetry.Dropped(from.Node, "not_receiving");
            return;
        }

        // One frame that cannot be handled is no reason to lose the link.
        try
        {
            received(from, frame);
        }
        catch (Exception error)
        {
            NodeLinkTelemetry.Dropped(from.Node, "receiver_failed");
            Log.ReceiverFailed(Logger, from, error);
        }
    }

    internal void Lose(NodeId target, ReadOnlyMemory<byte> frame) => _lost?.Invoke(target, frame);

    internal void TellReachability(NodeReachability change) => ReachabilityChanged?.Invoke(change);

    /// <summary>Looks at the links soon, on another thread.</summary>
    internal void Wake() => _tick.Change(TimeSpan.Zero, TickInterval);

    private NodeLink? FindLink(NodeId node)
    {
        if (_links.TryGetValue(node, out var link))
        {
            return link;
        }

        return !_stopping && node != Identity.Node.Node && _addresses.Find(node) is not null ? GetOrAddLink(node) : null;
    }

    private NodeLink GetOrAddLink(NodeId node) => _links.GetOrAdd(node, static (node, transport) => new NodeLink(transport, node), this);

    private async Task<(NodeLink Link, LinkUp Up)?> AcceptAsync(LinkSocket socket)
    {
        using var deadline = new CancellationTokenSource(Options.HandshakeDeadline, Time);
        var accepter = new LinkAccepter(Identity, RandomNumberGenerator.GetBytes(LinkMessages.NonceLength));
        if (_stopping)
        {
            return await RefuseAsync(socket, LinkRefusal.Stopping, deadline.Token);
        }

        if (accepter.OnHello(await NextAsync(socket, deadline.Token), out var challenge) is { } refusal)
        {
            return await RefuseAsync(socket, refusal, deadline.Token);
        }

        // A link is only made for whoever proves to be of the cluster: strangers may say any name.
        var ticket = _links.TryGetValue(accepter.Peer.Node, out var known) ? known.BeginAccept() : 0;
        await socket.SendAsync(challenge, deadline.Token);
        if (accepter.OnProof(await NextAsync(socket, deadline.Token), out var offered) is { } unproven)
        {
            Log.NotAuthentic(Logger, accepter.Peer);
            return await RefuseAsync(socket, unproven, deadline.Token);
        }

        var link = GetOrAddLink(accepter.Peer.Node);
        if (link.TryAccept(ticket, accepter.Peer, offered) is not { } up)
        {
            return await RefuseAsync(socket, _stopping ? LinkRefusal.Stopping : LinkRefusal.Superseded, deadline.Token);
        }

        await WelcomeAsync(socket, link, up, accepter, deadline.Token);
        return (link, up);
    }

    private async Task<LinkSocket> UpgradeAsync(HttpContext context)
    {
        try
        {
            return new LinkSocket(await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { KeepAliveInterval = TimeSpan.Zero }));
        }
        catch
        {
            Interlocked.Decrement(ref _unproven);
            NodeLinkTelemetry.Failed("upgrade");
            throw;
        }
    }

    private void Refuse(HttpContext context)
    {
        if (context.WebSockets.IsWebSocketRequest)
        {
            Interlocked.Decrement(ref _unproven);
        }

        NodeLinkTelemetry.Failed(context.WebSockets.IsWebSocketRequest ? "too_many" : "no_websocket");
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
    }

    private static async Task WelcomeAsync(LinkSocket socket, NodeLink link, LinkUp up, LinkAccepter accepter, CancellationToken deadline)
    {
        try
        {
            await socket.SendAsync(accepter.Welcome(up.Position), deadline);
        }
        catch (LinkSocketException)
        {
            link.Drop(up.Connection);
            throw;
        }
    }

    private static async Task<(NodeLink Link, LinkUp Up)?> RefuseAsync(LinkSocket socket, LinkRefusal refusal, CancellationToken deadline)
    {
        NodeLinkTelemetry.Failed(NodeLinkTelemetry.NameOf(refusal));
        await socket.SendAsync(LinkMessages.WriteRefusal(refusal), deadline);
        await socket.CloseAsync(deadline);

        // The dialer reads the refusal before it sees the end of the connection.
        await socket.ReceiveAsync(LinkMessages.MaxHandshakeBytes, deadline);
        return null;
    }

    private static async ValueTask<ReadOnlyMemory<byte>> NextAsync(LinkSocket socket, CancellationToken deadline) =>
        await socket.ReceiveAsync(LinkMessages.MaxHandshakeBytes, deadline) is { } message
            ? message.ToArray()
            : throw new LinkSocketException("The other node closed before the link stood.");

    private void Tick()
    {
        foreach (var link in _links.Values)
        {
            link.Tick();
        }
    }

    private static SocketsHttpHandler CreateHandler(NodeLinkTls? tls)
    {
        var handler = new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false };
        if (tls is not null)
        {
            handler.SslOptions.ClientCertificates = [tls.Certificate];
            handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => tls.Accepts(certificate);
        }

        return handler;
    }

    private static partial class Log
    {
        [LoggerMessage(350, LogLevel.Error, "A frame of {Peer} could not be handled")]
        public static partial void ReceiverFailed(ILogger logger, NodeIncarnation peer, Exception error);

        [LoggerMessage(351, LogLevel.Warning, "Somebody who says to be {Peer} does not know the cluster's secret")]
        public static partial void NotAuthentic(ILogger logger, NodeIncarnation peer);
    }
}

/// <summary>A node has become reachable by its link, or stopped being so.</summary>
/// <param name="Node">The node.</param>
/// <param name="Incarnation">The life that was last connected; default if none ever was.</param>
/// <param name="IsReachable">Whether it is now.</param>
public readonly record struct NodeReachability(NodeId Node, NodeIncarnation Incarnation, bool IsReachable);
