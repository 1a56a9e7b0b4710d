using System.Collections.Immutable;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Node.Startup;

/// <summary>Whether an encryption mode is offered to clients, and if not, why.</summary>
public sealed record TransportModeStatus(TransportEncryptionMode Mode, bool IsOffered, string? Reason);

/// <summary>What parts of the node find out while they start, for the start-up report. Filled before the listeners open.</summary>
public sealed class StartupFacts
{
    public ImmutableArray<TransportModeStatus> Modes { get; set; } = [];

    /// <summary>UDP port of each worker, in their order.</summary>
    public ImmutableArray<int> MediaPorts { get; set; } = [];

    /// <summary>UDP port on which each worker takes media of others, in their order; 0 for one that takes none.</summary>
    public ImmutableArray<int> RelayPorts { get; set; } = [];

    /// <summary>What the system granted the threads of the workers.</summary>
    public ImmutableArray<ThreadSetup> MediaThreads { get; set; } = [];

    /// <summary>Why media is not handed to the network device as whole frames; null if it is.</summary>
    public string? LinkLayerObstacle { get; set; }

    /// <summary>Bytes that the system lets wait in each worker's socket.</summary>
    public ImmutableArray<int> ReceiveBuffers { get; set; } = [];
}
