using System.Collections.Immutable;
using VoiceCluster.LoadGen.Chaos.Measuring;

namespace VoiceCluster.LoadGen.Chaos.Report;

/// <summary>What a fault did.</summary>
internal sealed record FaultResult
{
    /// <summary>What it is called on the command line and in the file of thresholds.</summary>
    public required string Name { get; init; }

    /// <summary>What it is called in the table.</summary>
    public required string Title { get; init; }

    /// <summary>When the cluster first said so; null if it never did, or if that cannot be said of this fault.</summary>
    public required TimeSpan? DetectedAfter { get; init; }

    /// <summary>How many users it happened to.</summary>
    public required int UsersAffected { get; init; }

    /// <summary>Silences of those pairs of a listener and a speaker which it may keep apart.</summary>
    public required SilenceSummary Affected { get; init; }

    /// <summary>Silences of all other pairs.</summary>
    public required SilenceSummary Unaffected { get; init; }

    /// <summary>Frames that should have been heard, over all pairs.</summary>
    public required long FramesExpected { get; init; }

    /// <summary>Those that never were.</summary>
    public required long FramesLost { get; init; }

    /// <summary>Frames that came twice over one connection.</summary>
    public required long Duplicates { get; init; }

    /// <summary>Frames that came so late that they were played from a backlog, or were damaged or somebody else's.</summary>
    public required long Stale { get; init; }

    /// <summary>Users, sessions or rows of those who had left, some time after the end.</summary>
    public required GhostCount Ghosts { get; init; }

    /// <summary>Numbered messages to backends that never came, and sessions that could not be resumed.</summary>
    public required long NoticesLost { get; init; }

    /// <summary>Numbered messages to backends that came twice.</summary>
    public required long NoticesDuplicated { get; init; }

    /// <summary>Users who did not hear everybody in time after the end.</summary>
    public required int NotBack { get; init; }

    /// <summary>Users who had to ask the backend to join again.</summary>
    public required int Rejoined { get; init; }

    /// <summary>What else was measured, as far as it can be said of this fault.</summary>
    public FaultFigures Figures { get; init; } = new();

    /// <summary>What is worth a line below the table.</summary>
    public required ImmutableArray<string> Notes { get; init; }
}

/// <summary>What can be measured of some faults only. A fault writes it while it is applied; one thread at a time.</summary>
internal sealed class FaultFigures
{
    /// <summary>When a drained node had no users any more; null if that did not happen in time, or nothing was drained.</summary>
    public TimeSpan? EmptiedAfter { get; set; }

    /// <summary>How many users it still had when it was given up; null if nobody could say, or nothing was drained.</summary>
    public int? UsersLeft { get; set; }

    /// <summary>When the last of the nodes took new work again after the database was back, and went on doing so; null if that did not happen in time.</summary>
    public TimeSpan? ReadyAgainAfter { get; set; }
}

/// <summary>What is left of users who had left.</summary>
/// <param name="Sessions">Sessions of the voice gateways for which there is no connection.</param>
/// <param name="Media">Sessions of the packet loops for which there is none.</param>
/// <param name="Rows">Voice states in the store of users who are in no call.</param>
/// <param name="Listed">Users whom some client still believes to be in the call.</param>
internal sealed record GhostCount(int Sessions, int Media, int Rows, int Listed)
{
    /// <summary>How many nodes, and the database, did not answer: what they hold is not known.</summary>
    public int Unread { get; init; }

    /// <summary>How many ghosts there are: one of them may show in several places.</summary>
    public int Count => Math.Max(Math.Max(Sessions, Media), Math.Max(Rows, Listed));

    /// <summary>Whether everybody answered and there are none.</summary>
    public bool IsNone => Count == 0 && Unread == 0;

    public override string ToString() =>
        $"{Sessions} in gateways, {Media} in packet loops, {Rows} in the store, {Listed} in clients' lists" + (Unread == 0 ? string.Empty : $"; {Unread} did not answer");
}
