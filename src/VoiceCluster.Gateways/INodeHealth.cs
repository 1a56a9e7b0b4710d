using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Gateways;

/// <summary>How well this node, or the cluster behind its address, can serve more.</summary>
public interface INodeHealth
{
    /// <summary>The present value; cheap enough for each heartbeat.</summary>
    LvspHealth Current { get; }
}
