using System.Collections.Immutable;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Domain.Membership;

/// <summary>What the store says of one life of a node. The numbers are stored.</summary>
public enum MemberStanding
{
    /// <summary>It renews its row, or should.</summary>
    Live = 1,

    /// <summary>It has said goodbye.</summary>
    Left = 2,

    /// <summary>Others have declared it dead.</summary>
    Dead = 3,
}

/// <summary>One node's row.</summary>
/// <param name="Node">The node and which of its lives.</param>
/// <param name="Standing">Live, left or dead.</param>
/// <param name="Draining">Whether it is to be given nothing new.</param>
/// <param name="Age">Time since it was renewed, by the store's clock.</param>
/// <param name="Description">What the node says of itself, for others to read.</param>
/// <param name="Reached">Whether links lead to it: only such a life owns shards and is given users, and only such a life is voted against.</param>
public sealed record MemberRow(
    NodeIncarnation Node, MemberStanding Standing, bool Draining, TimeSpan Age, string Description, bool Reached = true)
{
    /// <summary>Whether a life that others have ended may go on as another one: it renewed its row so lately that it may not have heard of its end.</summary>
    public bool MayReturn(MembershipTimes times) => Standing == MemberStanding.Dead && Age < times.ReturnLimit;
}

/// <summary>All rows at one moment: one per node, its last life.</summary>
public sealed record MembershipTable(ImmutableArray<MemberRow> Rows)
{
    /// <summary>What the store's clock said when they were read.</summary>
    public DateTimeOffset ReadAt { get; init; }

    /// <summary>The rows of lives that are not over.</summary>
    public IEnumerable<MemberRow> Live => Rows.Where(row => row.Standing == MemberStanding.Live);
}

/// <summary>The times of membership. All nodes of a cluster have the same.</summary>
public sealed record MembershipTimes
{
    /// <summary>From one renewal of a node's row to the next. Default 1 s.</summary>
    public TimeSpan RenewInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>After how long without renewal a row has expired. Default 5 s.</summary>
    public TimeSpan Expiry { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest time between two renewals that still counts as unbroken. Default 2.5 s.</summary>
    public TimeSpan MaxGap { get; init; } = TimeSpan.FromSeconds(2.5);

    /// <summary>A node that was declared dead and has not renewed its row for so long does not come back of itself. Default 1.5 s.</summary>
    public TimeSpan ReturnLimit { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>How long a node that was declared dead again within <see cref="Steady"/> owns nothing in its next life, doubled each further time. Default 2 s.</summary>
    public TimeSpan ReturnDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest such time. Default 30 s.</summary>
    public TimeSpan MaxReturnDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A life that lasted so long makes the next death the first again. Default 60 s.</summary>
    public TimeSpan Steady { get; init; } = TimeSpan.FromSeconds(60);
}
