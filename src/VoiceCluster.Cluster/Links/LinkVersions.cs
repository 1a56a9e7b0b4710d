namespace VoiceCluster.Cluster.Links;

/// <summary>The versions of the link protocol that a node speaks, so that two releases can run side by side.</summary>
/// <param name="Minimum">The oldest, at least 1.</param>
/// <param name="Maximum">The newest.</param>
public readonly record struct LinkVersions(ushort Minimum, ushort Maximum)
{
    /// <summary>What this release speaks.</summary>
    public static LinkVersions Current { get; } = new(1, 1);

    /// <summary>The newest version that both speak; null when there is none.</summary>
    public ushort? Choose(LinkVersions other)
    {
        var newest = Math.Min(Maximum, other.Maximum);
        return newest >= Math.Max(Minimum, other.Minimum) && newest > 0 ? newest : null;
    }
}
