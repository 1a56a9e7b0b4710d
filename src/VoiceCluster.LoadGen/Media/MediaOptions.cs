using System.Collections.Immutable;
using VoiceCluster.LoadGen.Nodes;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.LoadGen.Media;

/// <summary>What a media run is made of.</summary>
internal sealed record MediaOptions
{
    /// <summary>Who is in which channel.</summary>
    public required CallShape Shape { get; init; }

    /// <summary>How hard and how long.</summary>
    public required Pace Pace { get; init; }

    /// <summary>The modes, which users take in turn.</summary>
    public required ImmutableArray<TransportEncryptionMode> Modes { get; init; }

    /// <summary>Bytes of each packet's payload.</summary>
    public int PayloadLength { get; init; } = 160;

    /// <summary>How often it is measured.</summary>
    public int Repetitions { get; init; } = 1;

    /// <summary>Whether the floor program is measured in between.</summary>
    public bool WithFloor { get; init; }

    /// <summary>A node that runs already; null to start one.</summary>
    public NodeAddress? Node { get; init; }

    /// <summary>The node's packet threads.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>The core of what is measured; null for any.</summary>
    public int? Core { get; init; }

    /// <summary>The node's assembly.</summary>
    public string NodeAssembly { get; init; } = NodeProcess.DefaultAssembly;

    /// <summary>The floor program.</summary>
    public string FloorProgram { get; init; } = FloorForwarder.DefaultProgram;

    /// <summary>Further settings of the node, as flags.</summary>
    public ImmutableArray<string> Settings { get; init; } = [];
}
