using System.Collections.Frozen;

namespace VoiceCluster.Domain.Placement;

/// <summary>The limits that placement goes by. Loads are shares of a node: 0 is idle, 1 is full.</summary>
public sealed record PlacementOptions
{
    /// <summary>From this corrected load on a node gets new users only when no other node can take them.</summary>
    public double Overloaded { get; init; } = 0.8;

    /// <summary>From this corrected load on a node gets no new channels while another is below: the rest is room for its channels to grow.</summary>
    public double NewChannelLimit { get; init; } = 0.7;

    /// <summary>From this corrected load on a node gets users only when every other is full, too: a load is measured and may be a moment's.</summary>
    public double Full { get; init; } = 1.0;

    /// <summary>How long a join counts on top of a node's reports: until its user has connected and been reported.</summary>
    public TimeSpan JoinsCountFor { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Reports older than this are only good enough to tell which of two random nodes is the better one.</summary>
    public TimeSpan StaleAfter { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Reports are stale, too, once the joins that others may have placed since would have made this much load on one node: all who
    /// choose would else choose the same one.
    /// </summary>
    public double HerdTolerance { get; init; } = 0.02;

    /// <summary>A node that has not reported for so long is treated as overloaded. Whether it is dead, membership says.</summary>
    public TimeSpan SilentAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Users of one channel that one node gets within a minute before others are preferred.</summary>
    public int ChannelJoinsPerMinute { get; init; } = 1_000;

    /// <summary>Users that one node gets within a minute before others are preferred.</summary>
    public int NodeJoinsPerMinute { get; init; } = 6_000;

    /// <summary>Reconnects within a minute, as a share of a node's users, that make it count as overloaded.</summary>
    public double UnsettledShare { get; init; } = 0.1;

    /// <summary>Fewer reconnects than this never do.</summary>
    public int UnsettledLeast { get; init; } = 20;

    /// <summary>Which group a region belongs to; a region that is not named is a group of its own.</summary>
    public FrozenDictionary<string, string> RegionGroups { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>How far apart two regions are: 0 the same or either unknown, 1 in one group, 2 else.</summary>
    public int Distance(string? wanted, string region)
    {
        if (wanted is null || wanted == region)
        {
            return 0;
        }

        return RegionGroups.TryGetValue(wanted, out var group) && RegionGroups.GetValueOrDefault(region) == group ? 1 : 2;
    }
}
