using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using VoiceCluster.Cluster.Links;
using VoiceCluster.Cluster.Store.Postgres;

namespace VoiceCluster.Node.Configuration;

/// <summary>One secret that backends prove to know, and the realm their ids live in. A realm may have several, to change them one by one.</summary>
public sealed record RealmSecret(string Realm, string Secret)
{
    // The generated text would show the secret.
    public override string ToString() => Realm;
}

/// <summary>How strictly a voice client's session id is compared with the one LVSP announced.</summary>
public enum SessionIdCheck
{
    /// <summary>It has to be the announced one.</summary>
    Strict,

    /// <summary>The first one seen with the token counts from then on, for backends that make their own.</summary>
    FirstUse,
}

/// <summary>The link to chat backends.</summary>
public sealed record LvspOptions
{
    /// <summary>An own listener that takes LVSP on every path; null for none.</summary>
    public required IPEndPoint? Listen { get; init; }

    /// <summary>The own listener speaks TLS with the certificate of <c>Https</c>.</summary>
    public required bool Tls { get; init; }

    public required ImmutableArray<RealmSecret> Secrets { get; init; }

    public required TimeSpan HeartbeatInterval { get; init; }

    public required bool RequireHeartbeat { get; init; }

    public required SessionIdCheck SessionIdCheck { get; init; }

    public required bool AcceptChannelToken { get; init; }

    public required TimeSpan ResumeWindow { get; init; }

    /// <summary>Realm names, each once.</summary>
    public IEnumerable<string> Realms => Secrets.Select(secret => secret.Realm).Distinct();

    internal static LvspOptions Read(SettingsReader read) => new()
    {
        Listen = read.Listen("Lvsp:Listen", null, "Own listener that takes LVSP on every path; unset means only /lvsp on the public ports."),
        Tls = read.Switch("Lvsp:Tls", true, "The own listener speaks TLS with the certificate of Https."),
        Secrets = [.. read.SecretMap("Lvsp:Secrets", "Secret of a realm that backends prove to know; a list while it is being changed.").Select(pair => new RealmSecret(pair.Name, pair.Secret))],
        HeartbeatInterval = read.Duration("Lvsp:HeartbeatInterval", "30s", "1s", "10m", "Interval told to backends; whole seconds for those that count in seconds."),
        RequireHeartbeat = read.Switch("Lvsp:RequireHeartbeat", false, "Close a backend that never sends a heartbeat."),
        SessionIdCheck = read.Choice(
            "Lvsp:SessionIdCheck",
            "strict",
            [("strict", SessionIdCheck.Strict), ("first-use", SessionIdCheck.FirstUse)],
            "Compare a voice client's session id with the announced one, or take the first one seen."),
        AcceptChannelToken = read.Switch("Lvsp:AcceptChannelToken", true, "A voice client may identify with the channel's token instead of its own."),
        ResumeWindow = read.Duration("Lvsp:ResumeWindow", "120s", "0s", "1h", "How long a backend's session outlives its socket."),
    };
}

/// <summary>The link to voice clients.</summary>
public sealed record VoiceOptions
{
    public required TimeSpan ResumeWindow { get; init; }

    public required TimeSpan UnclaimedTimeout { get; init; }

    public required TimeSpan ChannelIdleTimeout { get; init; }

    public required TimeSpan HeartbeatInterval { get; init; }

    /// <summary>Host and port that clients are told; null in development means localhost and the TLS port.</summary>
    public required HostAndPort? PublicEndpoint { get; init; }

    internal static VoiceOptions Read(SettingsReader read) => new()
    {
        ResumeWindow = read.Duration("Voice:ResumeWindow", "60s", "0s", "10m", "How long a client's session outlives its socket."),
        UnclaimedTimeout = read.Duration("Voice:UnclaimedTimeout", "60s", "5s", "1h", "How long a voice state waits for its client."),
        ChannelIdleTimeout = read.Duration("Voice:ChannelIdleTimeout", "5m", "10s", "7d", "How long an empty channel is kept."),
        HeartbeatInterval = read.Duration("Voice:HeartbeatInterval", "13750ms", "1s", "2m", "Interval told to voice clients."),
        PublicEndpoint = read.HostPort("Voice:PublicEndpoint", "host:port that clients connect to: this node's own, or one that leads to any node. The certificate has to cover the name. Use port 443."),
    };
}

/// <summary>Where membership, shards, states and backends' sessions are kept.</summary>
public enum ClusterStoreKind
{
    /// <summary>In the node's own memory: for one node, and gone with it.</summary>
    InMemory,

    /// <summary>In a PostgreSQL database that all nodes share.</summary>
    Postgres,
}

/// <summary>How nodes know of each other.</summary>
public sealed record ClusterOptions
{
    public required ClusterStoreKind Store { get; init; }

    /// <summary>The database; null without one.</summary>
    public required string? PostgresConnectionString { get; init; }

    /// <summary>Shared by all nodes; null for a node alone.</summary>
    public required string? Secret { get; init; }

    /// <summary>Where other nodes connect to; null for a node alone.</summary>
    public required IPEndPoint? Listen { get; init; }

    /// <summary>Host and port by which other nodes find <see cref="Listen"/>; null when that is itself an address to connect to.</summary>
    public required HostAndPort? Advertise { get; init; }

    /// <summary>The newest version of the link protocol that is spoken.</summary>
    public required int LinkVersion { get; init; }

    /// <summary>How long a node that is told to stop moves its users to others before it closes the rest.</summary>
    public required TimeSpan DrainDeadline { get; init; }

    /// <summary>TLS between nodes; null for none.</summary>
    public required ClusterTlsOptions? Tls { get; init; }

    /// <summary>The store, to be shown.</summary>
    public string StoreDescription => PostgresConnectionString is { } connection && Store == ClusterStoreKind.Postgres
        ? $"PostgreSQL at {PostgresAddress.Describe(connection)}"
        : Store.ToString();

    // The generated text would show the secrets.
    public override string ToString() => StoreDescription;

    internal static ClusterOptions Read(SettingsReader read) => new()
    {
        Store = read.Choice(
            "Cluster:Store",
            "InMemory",
            [("InMemory", ClusterStoreKind.InMemory), ("Postgres", ClusterStoreKind.Postgres)],
            "Where membership, shards and states live."),
        PostgresConnectionString = read.Secret(
            "Cluster:Postgres:ConnectionString", "PostgreSQL database of the cluster: Host=...;Database=...;Username=...;Password=..."),
        Secret = read.Secret(
            "Cluster:Secret",
            "Shared by all nodes of a cluster: users' tokens are made with it, and nodes prove it to each other. A node without one makes its own at each start."),
        Listen = read.Listen("Cluster:Listen", null, "Where other nodes of the cluster connect to, for example 0.0.0.0:7400; unset for a node alone. The UDP ports above it, one per worker, take their media. Not for the internet."),
        Advertise = read.HostPort("Cluster:Advertise", "host:port by which other nodes reach Cluster:Listen; unset means that address itself."),
        LinkVersion = read.Integer(
            "Cluster:LinkVersion", LinkVersions.Current.Maximum, 1, ushort.MaxValue, "Newest version of node links to speak; another than the default is for tests of upgrades."),
        DrainDeadline = read.Duration(
            "Cluster:DrainDeadline", "60s", "0s", "1h", "How long a node that is told to stop moves its users to other nodes; then it closes those who are left. 0s closes them at once."),
        Tls = ClusterTlsOptions.Read(read),
    };

    /// <summary>Host and port that other nodes are told; null when there are none, or none can be told.</summary>
    public HostAndPort? LinkAddress => Advertise ?? (Listen is { } listen && !IsWildcard(listen.Address) ? new HostAndPort(listen.Address.ToString(), listen.Port) : null);

    /// <summary>
    /// The IPv4 address that other nodes are told for media between workers; null when there is none. Packets go to numbers, not to names: behind a name that is advertised there is
    /// the address that is listened on.
    /// </summary>
    public IPAddress? RelayAddress
    {
        get
        {
            var address = Advertise is { } advertise && IPAddress.TryParse(advertise.Host, out var advertised) ? advertised : Listen?.Address;
            return address is { AddressFamily: AddressFamily.InterNetwork } && !IsWildcard(address) ? address : null;
        }
    }

    private static bool IsWildcard(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}

/// <summary>TLS between nodes. All three files or none.</summary>
public sealed record ClusterTlsOptions(string? CertificatePath, string? KeyPath, string? AuthorityPath)
{
    internal static ClusterTlsOptions? Read(SettingsReader read)
    {
        var options = new ClusterTlsOptions(
            read.Text("Cluster:Tls:CertificatePath", null, "PEM file with this node's certificate for links, issued by the cluster's own authority."),
            read.Text("Cluster:Tls:KeyPath", null, "PEM file with its private key, not encrypted."),
            read.Text("Cluster:Tls:AuthorityPath", null, "PEM file with the certificate of the cluster's own authority; no other is believed."));
        return options is { CertificatePath: null, KeyPath: null, AuthorityPath: null } ? null : options;
    }
}
