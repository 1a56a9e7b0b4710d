using System.Globalization;
using System.Net;

namespace VoiceCluster.LoadGen.Cluster;

/// <summary>Ports that every node has, each on its own address.</summary>
/// <param name="First">The first of them.</param>
internal sealed record LocalPorts(int First)
{
    /// <summary>How many there are.</summary>
    public const int Count = 6;

    /// <summary>Backends and users.</summary>
    public int Http => First;

    /// <summary>Operators.</summary>
    public int Admin => First + 1;

    /// <summary>Users' media.</summary>
    public int Media => First + 2;

    /// <summary>Links of other nodes; the UDP port above it takes the media of their workers.</summary>
    public int Link => First + 3;

    /// <summary>Media of other nodes' workers.</summary>
    public int Relay => First + 4;
}

/// <summary>How a node is started.</summary>
internal sealed record LocalNodeSettings
{
    /// <summary>Which node, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>The node's assembly.</summary>
    public required string Assembly { get; init; }

    /// <summary>The ports of every node.</summary>
    public required LocalPorts Ports { get; init; }

    /// <summary>Where it writes.</summary>
    public required string Directory { get; init; }

    /// <summary>The token of its admin port.</summary>
    public required string AdminToken { get; init; }

    /// <summary>Further settings, as flags.</summary>
    public required IReadOnlyList<string> Settings { get; init; }

    /// <summary>Whether others reach it by <see cref="WireAddress"/>.</summary>
    public required bool IsWired { get; init; }

    /// <summary>What its environment has besides this process's own; secrets, therefore.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>The address of this node's own sockets: 127.0.0.1, .2, .3 and so on.</summary>
    public IPAddress Address => new([127, 0, 0, (byte)(Index + 1)]);

    /// <summary>The address by which other nodes reach it where there is a wire of ours behind it.</summary>
    public IPAddress WireAddress => new([127, 1, 0, (byte)(Index + 1)]);

    /// <summary>The settings, as flags.</summary>
    public IEnumerable<string> Flags(string stateDirectory, string name) =>
    [
        "--dev", $"--Node:Id={name}", $"--Node:StateDirectory={stateDirectory}",
        $"--Http:Listen={At(Address, Ports.Http)}", "--Https:Listen=off", $"--Admin:Listen={At(Address, Ports.Admin)}",
        $"--Voice:PublicEndpoint={At(Address, Ports.Http)}",
        $"--Media:Listen={At(Address, Ports.Media)}", $"--Media:AdvertisedAddress={Address}", "--Media:Workers=1",
        "--Cluster:Store=Postgres", $"--Cluster:Listen={At(Address, Ports.Link)}", $"--Cluster:Advertise={At(IsWired ? WireAddress : Address, Ports.Link)}",
        .. Settings,
    ];

    private static string At(IPAddress address, int port) => $"{address}:{port.ToString(CultureInfo.InvariantCulture)}";
}
