using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace VoiceCluster.Gateways.Edge;

/// <summary>What the edge needs to know of the outside.</summary>
/// <param name="Trusted">Proxies whose PROXY header and X-Forwarded-For are believed.</param>
/// <param name="ReadProxyHeader">Trusted proxies begin each connection with a PROXY header; one without it is closed.</param>
/// <param name="MaxConnections">TCP connections on all public listeners together, those of proxies included.</param>
public sealed record EdgeOptions(TrustedProxies Trusted, bool ReadProxyHeader, int MaxConnections);

/// <summary>The steps each public connection takes before its first request: PROXY header, limits, client address.</summary>
/// <remarks>
/// A direct connection takes its place in the limiter when it is accepted. One from a trusted proxy that names its clients by
/// X-Forwarded-For only shows whose it is with the request, so it takes it there. Either way a WebSocket endpoint calls
/// <see cref="TryAdmitSocket"/> first and disposes the lease once the peer has identified itself.
/// </remarks>
public sealed partial class EdgeConnections
{
    /// <summary>A proxy sends its header in its first packet; this leaves room for two retransmissions.</summary>
    private static readonly TimeSpan ProxyHeaderTimeout = TimeSpan.FromSeconds(5);

    private readonly EdgeOptions _options;
    private readonly ConnectionLimiter _limiter;
    private readonly EdgeTelemetry _telemetry;
    private readonly TimeProvider _time;
    private readonly ILogger<EdgeConnections> _logger;
    private int _open;

    public EdgeConnections(EdgeOptions options, ConnectionLimiter limiter, EdgeTelemetry telemetry, TimeProvider time, ILogger<EdgeConnections> logger)
    {
        (_options, _limiter, _telemetry, _time, _logger) = (options, limiter, telemetry, time, logger);
        telemetry.ObserveOpen(() => Open);
    }

    /// <summary>Connections open on all public listeners now.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Adds the connection steps to a listener. Call before TLS is added.</summary>
    public void Use(ListenOptions listener)
    {
        listener.Use(next => connection => CountAsync(connection, next));
        if (_options.ReadProxyHeader)
        {
            listener.Use(next => connection => ReadProxyHeaderAsync(connection, next));
        }
        listener.Use(next => connection => LimitAsync(connection, next));
    }

    /// <summary>Adds the request step: afterwards <c>Connection.RemoteIpAddress</c> is the client's.</summary>
    public void Use(IApplicationBuilder app) => app.Use((context, next) =>
    {
        ResolveClientAddress(context);
        return next(context);
    });

    /// <summary>As <see cref="TryAdmit"/>, for what is asked to be a WebSocket: answers 426 when it is none.</summary>
    public bool TryAdmitSocket(HttpContext context, [NotNullWhen(true)] out ConnectionLease? lease)
    {
        if (context.WebSockets.IsWebSocketRequest)
        {
            return TryAdmit(context, out lease);
        }
        context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
        lease = null;
        return false;
    }

    /// <summary>Lets a WebSocket in, or answers 503 (429 for one address) and returns false.</summary>
    /// <param name="context">The request, before it is accepted as a WebSocket.</param>
    /// <param name="lease">To be disposed when the peer has identified itself or the socket is gone.</param>
    public bool TryAdmit(HttpContext context, [NotNullWhen(true)] out ConnectionLease? lease)
    {
        lease = context.Features.Get<ConnectionLease>();
        if (lease is not null)
        {
            return true;
        }
        var admission = _limiter.TryEnter(context.Connection.RemoteIpAddress ?? IPAddress.None, out lease);
        if (lease is null)
        {
            context.Response.StatusCode = admission == ConnectionAdmission.TooManyFromAddress
                ? StatusCodes.Status429TooManyRequests
                : StatusCodes.Status503ServiceUnavailable;
            return false;
        }
        return true;
    }

    private void ResolveClientAddress(HttpContext context)
    {
        var peer = context.Connection.RemoteIpAddress;
        if (peer is null)
        {
            return;
        }
        var client = ClientAddress.Resolve(peer, context.Request.Headers["X-Forwarded-For"], _options.Trusted);
        if (!client.Equals(peer))
        {
            // The port belonged to the proxy's socket; nobody says what the client's was.
            context.Connection.RemotePort = 0;
            context.Connection.RemoteIpAddress = client;
        }
    }

    // Counted here and not by the web server, whose own limit would shut the operators' port together with the public ones.
    private async Task CountAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        try
        {
            if (Interlocked.Increment(ref _open) > _options.MaxConnections)
            {
                _telemetry.ConnectionRefused(ConnectionAdmission.TooManyConnections);
                connection.Abort();
                return;
            }
            await next(connection);
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private async Task LimitAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (connection.RemoteEndPoint is not IPEndPoint peer || _options.Trusted.Contains(peer.Address))
        {
            await next(connection);
            return;
        }
        if (_limiter.TryEnter(peer.Address, out var lease) != ConnectionAdmission.Admitted)
        {
            connection.Abort();
            return;
        }
        using (lease)
        {
            connection.Features.Set(lease);
            await next(connection);
        }
    }

    private async Task ReadProxyHeaderAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (connection.RemoteEndPoint is IPEndPoint peer && _options.Trusted.Contains(peer.Address))
        {
            var (result, header) = await ReceiveHeaderAsync(connection);
            if (result is not ProxyParseResult.Complete)
            {
                Refuse(connection, peer, result);
                return;
            }
            connection.RemoteEndPoint = header.Source ?? connection.RemoteEndPoint;
        }
        await next(connection);
    }

    private void Refuse(ConnectionContext connection, IPEndPoint peer, ProxyParseResult? result)
    {
        var reason = result switch
        {
            null or ProxyParseResult.NeedMoreData => "incomplete",
            ProxyParseResult.NotAHeader => "missing",
            ProxyParseResult.TooLong => "too_long",
            ProxyParseResult.WrongChecksum => "checksum",
            _ => "malformed",
        };
        _telemetry.ProxyHeaderRefused(reason);
        Log.ProxyHeaderRefused(_logger, peer, reason);
        connection.Abort();
    }

    private async Task<(ProxyParseResult Result, ProxyHeader Header)> ReceiveHeaderAsync(ConnectionContext connection)
    {
        using var deadline = new CancellationTokenSource(ProxyHeaderTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, connection.ConnectionClosed);
        try
        {
            while (true)
            {
                var read = await connection.Transport.Input.ReadAsync(either.Token);
                var result = Parse(read.Buffer, out var header);
                if (result == ProxyParseResult.Complete)
                {
                    connection.Transport.Input.AdvanceTo(read.Buffer.GetPosition(header.Length));
                    return (result, header);
                }
                connection.Transport.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                if (result != ProxyParseResult.NeedMoreData || read.IsCompleted)
                {
                    return (result, default);
                }
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or ConnectionAbortedException)
        {
            // Timed out or hung up: as good as a header that never got complete.
            return (ProxyParseResult.NeedMoreData, default);
        }
    }

    private static ProxyParseResult Parse(in ReadOnlySequence<byte> buffer, out ProxyHeader header)
    {
        if (buffer.IsSingleSegment)
        {
            return ProxyProtocol.TryParse(buffer.FirstSpan, out header);
        }
        Span<byte> copy = stackalloc byte[(int)Math.Min(buffer.Length, ProxyProtocol.MaxHeaderLength)];
        buffer.Slice(0, copy.Length).CopyTo(copy);
        return ProxyProtocol.TryParse(copy, out header);
    }

    private static partial class Log
    {
        [LoggerMessage(2001, LogLevel.Debug, "Closed a connection from proxy {Peer}: PROXY header {Reason}")]
        public static partial void ProxyHeaderRefused(ILogger logger, IPEndPoint peer, string reason);
    }
}
