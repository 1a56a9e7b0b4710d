using System.Net;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Udp;

namespace VoiceCluster.Media.Relay;

/// <summary>How the workers of a cluster pass media on to one another.</summary>
/// <remarks>Only for a network that others cannot send into at will: packets are authenticated, but a flood costs time.</remarks>
public sealed record RelayOptions
{
    /// <summary>The IPv4 address that the relay sockets bind.</summary>
    public required IPAddress ListenAddress { get; init; }

    /// <summary>The first worker's relay port; the others follow. 0 takes any free ports.</summary>
    public required int Port { get; init; }

    /// <summary>What the keys are derived from; the same on every node.</summary>
    public required ReadOnlyMemory<byte> Secret { get; init; }

    /// <summary>Where a worker takes relayed media, as far as that is known. Called under a lock: must not wait.</summary>
    public required Func<WorkerId, Ipv4Endpoint?> Find { get; init; }
}
