using VoiceCluster.Domain.Placement;

namespace VoiceCluster.LoadGen.Scaling;

/// <summary>What is counted within one phase.</summary>
internal sealed class ScalingCounts
{
    public long Joins { get; set; }

    public long Moves { get; set; }

    public long NoCapacity { get; set; }

    /// <summary>Joins sent to a node that had died and was not known to have.</summary>
    public long ToDead { get; set; }

    /// <summary>Joins sent to a node that was being drained, or whose connections kept breaking.</summary>
    public long ToAvoided { get; set; }

    /// <summary>Joins that waited for their shard's next owner.</summary>
    public long WithoutOwner { get; set; }

    /// <summary>Joins outside the channel's region.</summary>
    public long Elsewhere { get; set; }

    /// <summary>Joins that found the channel on the node.</summary>
    public long Serving { get; set; }

    /// <summary>Joins that went to a node without room.</summary>
    public long Strained { get; set; }

    public long ShardsMoved { get; set; }

    /// <summary>Seconds that nodes spent at 0.8 or above, over all nodes.</summary>
    public long OverloadedSeconds { get; set; }

    /// <summary>The highest load of any node at any second.</summary>
    public double HighestLoad { get; set; }

    /// <summary>The highest share of its cores that any node forwarded with.</summary>
    public double HighestProcessorShare { get; set; }

    /// <summary>The most joins of any node within a second.</summary>
    public int BusiestNode { get; set; }

    /// <summary>Transactions that wrote to the store.</summary>
    public long Writes { get; set; }

    /// <summary>The most of them within a second.</summary>
    public long BusiestStore { get; set; }

    public double Messages { get; set; }

    /// <summary>The most messages that one node's shards handled within a second.</summary>
    public double BusiestOwner { get; set; }

    /// <summary>The most that one channel handled, or caused, within a second.</summary>
    public double BusiestChannel { get; set; }

    public void Count(PlacedJoin placed, bool isElsewhere, SimulatedNode node)
    {
        Serving += placed.Serves ? 1 : 0;
        Elsewhere += isElsewhere ? 1 : 0;
        Strained += placed.Standing >= NodeStanding.Strained ? 1 : 0;
        ToDead += node.Alive ? 0 : 1;
        ToAvoided += node.Draining || node.Unsettled ? 1 : 0;
    }
}
