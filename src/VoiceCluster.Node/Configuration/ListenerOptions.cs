using System.Collections.Immutable;
using System.Net;
using VoiceCluster.Gateways.Edge;

namespace VoiceCluster.Node.Configuration;

/// <summary>The plain listener, and what stands in front of it.</summary>
public sealed record HttpOptions
{
    /// <summary>Null when switched off.</summary>
    public required IPEndPoint? Listen { get; init; }

    public required TrustedProxies TrustedProxies { get; init; }

    public required bool ProxyProtocol { get; init; }

    internal static HttpOptions Read(SettingsReader read) => new()
    {
        Listen = read.Listen("Http:Listen", "0.0.0.0:8080", "Plain HTTP: for proxies that end TLS, and for development. \"off\" switches it off."),
        TrustedProxies = new TrustedProxies(read.List(
            "Http:TrustedProxies",
            "Networks (CIDR) of proxies whose X-Forwarded-For and PROXY header are believed.",
            text => (TryParseNetwork(text, out var network), network),
            "This is not a network in CIDR form.",
            "Write for example 10.0.0.0/8, or 192.0.2.4/32 for one address.")),
        ProxyProtocol = read.Switch(
            "Http:ProxyProtocol", false, "Trusted proxies begin each connection with a PROXY protocol header, version 1 or 2, on every public port; one without it is closed."),
    };

    private static bool TryParseNetwork(string text, out IPNetwork network)
    {
        network = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var isLiteral = slash > 0 && (text.Contains(':', StringComparison.Ordinal) || HostAndPort.TryParseIPv4(text[..slash], out _));
        return isLiteral && IPNetwork.TryParse(text, out network);
    }
}

/// <summary>The TLS listener.</summary>
public sealed record HttpsOptions
{
    /// <summary>Null when switched off.</summary>
    public required IPEndPoint? Listen { get; init; }

    /// <summary>PEM file with the certificate and its chain.</summary>
    public required string? CertificatePath { get; init; }

    /// <summary>PEM file with the private key, not encrypted.</summary>
    public required string? KeyPath { get; init; }

    internal static HttpsOptions Read(SettingsReader read) => new()
    {
        Listen = read.Listen("Https:Listen", "0.0.0.0:8443", "The same over TLS; Discord clients speak nothing else. \"off\" when a proxy ends TLS."),
        CertificatePath = read.Text("Https:CertificatePath", null, "PEM file with the certificate and its chain; read again when it changes."),
        KeyPath = read.Text("Https:KeyPath", null, "PEM file with the private key, not encrypted; read again when it changes."),
    };
}

/// <summary>The operators' port.</summary>
public sealed record AdminOptions
{
    /// <summary>Null when switched off.</summary>
    public required IPEndPoint? Listen { get; init; }

    /// <summary>Bearer token; null only in development before it is made.</summary>
    public required string? Token { get; init; }

    /// <summary>Names besides loopback and the listen address by which the port may be called.</summary>
    public required ImmutableArray<string> Hosts { get; init; }

    // The generated text would show the token.
    public override string ToString() => Listen?.ToString() ?? "off";

    internal static AdminOptions Read(SettingsReader read) => new()
    {
        Listen = read.Listen("Admin:Listen", "127.0.0.1:9090", "Metrics and admin API, plain HTTP. \"off\" switches it off."),
        Token = read.Secret("Admin:Token", "Bearer token of the admin port; made at first start in development."),
        Hosts = read.List(
            "Admin:Hosts",
            "Further host names by which the admin port may be called, without port.",
            text => (Uri.CheckHostName(text) != UriHostNameType.Unknown, text),
            "This is not a host name.",
            "Write a name or address without scheme and port, for example metrics.internal."),
    };
}
