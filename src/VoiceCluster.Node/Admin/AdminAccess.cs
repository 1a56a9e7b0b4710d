using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace VoiceCluster.Node.Admin;

/// <summary>Marks an endpoint of the admin port that needs no token: health checks, and pages without data.</summary>
public sealed class OpenToEveryone
{
    public static OpenToEveryone Instance { get; } = new();
}

/// <summary>Guards the admin port: the right host name, then the right token. No cookies, so no other site's page can borrow a login.</summary>
/// <remarks>
/// The host check is against DNS rebinding: a page whose name was pointed at this address is still sent with its own name in Host.
/// </remarks>
public sealed partial class AdminAccess
{
    private readonly FrozenSet<string> _hosts;
    private readonly byte[] _tokenHash;
    private readonly bool _acceptsOwnAddress;
    private readonly Counter<long> _refused;
    private readonly ILogger<AdminAccess> _logger;

    /// <summary>Guards one port.</summary>
    /// <param name="token">The bearer token.</param>
    /// <param name="listen">The address of the port; a wildcard lets requests in that name the very address they reached.</param>
    /// <param name="hosts">Further host names that may be used.</param>
    /// <param name="meters">Where refused requests are counted.</param>
    /// <param name="logger">Where they are told.</param>
    public AdminAccess(string token, IPAddress listen, ImmutableArray<string> hosts, IMeterFactory meters, ILogger<AdminAccess> logger)
    {
        _tokenHash = Hash(token);
        _acceptsOwnAddress = listen.Equals(IPAddress.Any) || listen.Equals(IPAddress.IPv6Any);
        _hosts = hosts.Concat(["localhost", "127.0.0.1", "::1", listen.ToString()]).ToFrozenSet(StringComparer.OrdinalIgnoreCase);
        _refused = meters.Create("VoiceCluster.Node").CreateCounter<long>(
            "voicecluster.admin.refused", "{request}", "Requests to the admin port refused, by reason.");
        _logger = logger;
    }

    /// <summary>The step in the admin port's pipeline, after routing and before the endpoint.</summary>
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (!IsKnownHost(context))
        {
            return Refuse(context, StatusCodes.Status421MisdirectedRequest, "host");
        }
        if (context.GetEndpoint()?.Metadata.GetMetadata<OpenToEveryone>() is not null || HasToken(context))
        {
            return next(context);
        }
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return Refuse(context, StatusCodes.Status401Unauthorized, "token");
    }

    private bool IsKnownHost(HttpContext context)
    {
        var host = context.Request.Host.Host.Trim('[', ']');
        if (_hosts.Contains(host))
        {
            return true;
        }
        return _acceptsOwnAddress && IPAddress.TryParse(host, out var named) && context.Connection.LocalIpAddress is { } own && named.Equals(Plain(own));
    }

    // Comparing hashes hides the token's length too.
    private bool HasToken(HttpContext context)
    {
        const string Scheme = "Bearer ";
        var header = context.Request.Headers.Authorization;
        return header.Count == 1 && header[0] is { } value && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) &&
            CryptographicOperations.FixedTimeEquals(Hash(value[Scheme.Length..].Trim()), _tokenHash);
    }

    private Task Refuse(HttpContext context, int status, string reason)
    {
        _refused.Add(1, new KeyValuePair<string, object?>("reason", reason));
        Log.Refused(_logger, context.Connection.RemoteIpAddress, reason);
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static partial class Log
    {
        [LoggerMessage(1101, LogLevel.Debug, "Refused a request to the admin port from {Address}: wrong {Reason}")]
        public static partial void Refused(ILogger logger, IPAddress? address, string reason);
    }
}
