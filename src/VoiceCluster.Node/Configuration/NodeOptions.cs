using System.Collections.Frozen;
using System.Collections.Immutable;

namespace VoiceCluster.Node.Configuration;

/// <summary>Everything an operator can set, typed and checked. Nothing else in the process reads raw configuration.</summary>
public sealed record NodeOptions
{
    /// <summary>Started with <c>--dev</c>: loopback, in memory, with a secret everybody knows.</summary>
    public required bool Dev { get; init; }

    /// <summary>A file that says by how many seconds the wall clock is wrong, for tests of clocks that jump; null for a clock as it is.</summary>
    public string? TestClock { get; init; }

    public required IdentityOptions Node { get; init; }

    public required HttpOptions Http { get; init; }

    public required HttpsOptions Https { get; init; }

    public required MediaOptions Media { get; init; }

    public required LvspOptions Lvsp { get; init; }

    public required VoiceOptions Voice { get; init; }

    public required ClusterOptions Cluster { get; init; }

    public required AdminOptions Admin { get; init; }

    public required LimitOptions Limits { get; init; }

    public required TelemetryOptions Telemetry { get; init; }

    public required LogOptions Log { get; init; }

    internal static NodeOptions Read(SettingsReader read, bool dev) => new()
    {
        Dev = dev,
        Node = IdentityOptions.Read(read),
        Http = HttpOptions.Read(read),
        Https = HttpsOptions.Read(read),
        Media = MediaOptions.Read(read),
        Lvsp = LvspOptions.Read(read),
        Voice = VoiceOptions.Read(read),
        Cluster = ClusterOptions.Read(read),
        Admin = AdminOptions.Read(read),
        Limits = LimitOptions.Read(read),
        Telemetry = TelemetryOptions.Read(read),
        Log = LogOptions.Read(read),
    };
}

/// <summary>Who this node is.</summary>
public sealed record IdentityOptions
{
    /// <summary>Unique among the nodes of a cluster: 1 to 63 of a-z, 0-9 and '-'.</summary>
    public required string Id { get; init; }

    public required string Region { get; init; }

    /// <summary>Which group a region belongs to.</summary>
    public required FrozenDictionary<string, string> RegionGroups { get; init; }

    /// <summary>Where what the node makes for itself is kept: the development certificate, the development admin token.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>Users that this node is meant for; with <see cref="CapacityMegabits"/> and the processors it makes the health that backends are told.</summary>
    public required int CapacityUsers { get; init; }

    /// <summary>Megabits per second of media, in and out together, that this node is meant for.</summary>
    public required int CapacityMegabits { get; init; }

    internal static IdentityOptions Read(SettingsReader read) => new()
    {
        Id = read.Text("Node:Id", DefaultId(), "Name of this node, unique in its cluster (a-z, 0-9, '-'); the host name if unset.")!,
        Region = read.Text("Node:Region", "default", "Region of this node: users whose backend speaks to a node of a region are sent to that region while it has room.")!,
        RegionGroups = ReadRegionGroups(read),
        StateDirectory = read.Text("Node:StateDirectory", "var", "Directory for what the node makes for itself, such as the development certificate.")!,
        CapacityUsers = read.Integer("Node:CapacityUsers", 5_000, 1, 10_000_000, "Users this node is meant for; a share in the health that backends are told."),
        CapacityMegabits = read.Integer("Node:CapacityMegabits", 1_000, 1, 1_000_000, "Media in Mbit/s, both ways, this node is meant for; a share in its health."),
    };

    internal static bool IsName(string name) => name.Length is > 0 and <= 63 && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    /// <summary>A region that is named twice belongs to the group named last.</summary>
    private static FrozenDictionary<string, string> ReadRegionGroups(SettingsReader read) => read.List(
        "Node:RegionGroups",
        "Regions that are near one another, as region=group: users who find no room in theirs are sent to another of its group first. The same on all nodes; a region without one is a group of its own.",
        static text => text.Split('=', StringSplitOptions.TrimEntries) is [var region, var group] && IsName(region) && IsName(group)
            ? (true, (Region: region, Group: group))
            : (false, default),
        "This is not a region and its group; names have 1 to 63 of the characters a-z, 0-9 and '-'.",
        "Write region=group, for example paris=europe.")
        .Reverse()
        .DistinctBy(entry => entry.Region)
        .ToFrozenDictionary(entry => entry.Region, entry => entry.Group);

    private static string DefaultId()
    {
        var name = string.Concat(Environment.MachineName.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')).Trim('-');
        return name.Length == 0 ? "node" : name[..Math.Min(63, name.Length)].TrimEnd('-');
    }
}

/// <summary>Where the process tells what it does.</summary>
public sealed record LogOptions
{
    public required Microsoft.Extensions.Logging.LogLevel Level { get; init; }

    /// <summary>One JSON object per line instead of text.</summary>
    public required bool Json { get; init; }

    internal static LogOptions Read(SettingsReader read) => new()
    {
        Level = read.Choice("Log:Level", "information", Levels, "Least severity that is logged."),
        Json = read.Choice("Log:Format", "text", [("text", false), ("json", true)], "Lines of text, or one JSON object per line."),
    };

    private static readonly ImmutableArray<(string, Microsoft.Extensions.Logging.LogLevel)> Levels =
    [
        .. Enum.GetValues<Microsoft.Extensions.Logging.LogLevel>().Select(level => (level.ToString().ToLowerInvariant(), level)),
    ];
}

/// <summary>Where measurements go besides <c>/metrics</c>.</summary>
public sealed record TelemetryOptions
{
    /// <summary>Collector for metrics; null switches the export off.</summary>
    public required Uri? OtlpEndpoint { get; init; }

    /// <summary>OTLP over HTTP instead of gRPC.</summary>
    public required bool OtlpHttp { get; init; }

    public required TimeSpan OtlpInterval { get; init; }

    internal static TelemetryOptions Read(SettingsReader read) => new()
    {
        OtlpEndpoint = read.Url("Telemetry:OtlpEndpoint", "OpenTelemetry collector that gets metrics; unset means none."),
        OtlpHttp = read.Choice("Telemetry:OtlpProtocol", "grpc", [("grpc", false), ("http", true)], "How the collector is spoken to."),
        OtlpInterval = read.Duration("Telemetry:OtlpInterval", "15s", "1s", "1h", "Time between two exports of metrics."),
    };
}
