using System.Collections.Immutable;

namespace VoiceCluster.Client.Calls;

/// <summary>Whether a test call was as it must be, and if not, why.</summary>
public sealed record CallVerdict(bool IsGood, string Text)
{
    /// <summary>Judges what was heard in the end.</summary>
    /// <param name="figures">Of every user, after the last frame had time to arrive.</param>
    /// <param name="allowedLossPercent">How much of what was sent may be missing.</param>
    public static CallVerdict Of(IReadOnlyList<CallFigures> figures, double allowedLossPercent)
    {
        var faults = FaultsOf(figures, allowedLossPercent).ToImmutableArray();
        var heard = figures.Sum(user => user.Received);
        return faults.IsEmpty
            ? new CallVerdict(true, $"{heard} frames heard by {figures.Count} users, every byte as it was sent")
            : new CallVerdict(false, string.Join(", ", faults));
    }

    private static IEnumerable<string> FaultsOf(IReadOnlyList<CallFigures> figures, double allowedLossPercent)
    {
        var expected = figures.Sum(user => user.Expected);
        var missing = figures.Sum(user => user.Missing);
        if (expected == 0)
        {
            yield return "nothing was sent";
        }

        if (missing > expected * allowedLossPercent / 100)
        {
            yield return $"{missing} of {expected} frames lost ({100.0 * missing / expected:0.##} %)";
        }

        foreach (var (count, fault) in CountedFaults(figures))
        {
            if (count > 0)
            {
                yield return $"{count} {fault}";
            }
        }
    }

    private static IEnumerable<(long Count, string Fault)> CountedFaults(IReadOnlyList<CallFigures> figures) =>
    [
        (figures.Sum(user => user.Wrong), "wrong packets"),
        (figures.Sum(user => user.Duplicates), "duplicates"),
        (figures.Sum(user => user.Unattributed), "frames of nobody that was announced"),
        (figures.Sum(user => user.NotAuthentic), "datagrams that do not open"),
    ];
}
