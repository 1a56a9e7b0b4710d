using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Domain.Channels;

/// <summary>Who is in a call, in 12 bytes: two lists with the same summary are taken for the same list.</summary>
/// <param name="Count">How many users.</param>
/// <param name="Digest">The sum of their mixed ids, whatever their order. No protection against users who choose their own ids: it finds lost messages.</param>
public readonly record struct CallSummary(int Count, ulong Digest)
{
    /// <summary>The summary of a list.</summary>
    /// <param name="users">Each user once.</param>
    public static CallSummary Of(IEnumerable<Snowflake> users)
    {
        var summary = default(CallSummary);
        foreach (var user in users)
        {
            summary = new CallSummary(summary.Count + 1, unchecked(summary.Digest + Mix(user.Value)));
        }

        return summary;
    }

    /// <summary>The summary of the same list without one of its users.</summary>
    public CallSummary Without(Snowflake user) => new(Count - 1, unchecked(Digest - Mix(user.Value)));

    /// <summary>Spreads an id over all bits, as the finisher of SplitMix64 does, so that ids that follow each other do not cancel out in a sum.</summary>
    private static ulong Mix(ulong id)
    {
        unchecked
        {
            id += 0x9e3779b97f4a7c15;
            id = (id ^ (id >> 30)) * 0xbf58476d1ce4e5b9;
            id = (id ^ (id >> 27)) * 0x94d049bb133111eb;
            return id ^ (id >> 31);
        }
    }
}
