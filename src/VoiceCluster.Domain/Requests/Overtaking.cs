namespace VoiceCluster.Domain.Requests;

/// <summary>Tells whether a request of a backend came so late that a newer one holds instead of it.</summary>
/// <remarks>
/// A backend may be linked to several nodes. What one of them cannot bring to its entity waits there, and the backend may ask for something else over another
/// node meanwhile. So a request bears the time at which its node received it, by the clock that nodes have in common, and an entity knows when what is in force
/// was asked for. Only requests that are late are judged by that: clocks never decide on what comes straight.
/// </remarks>
public static class Overtaking
{
    /// <summary>What is not older than this when it arrives is not late. Far more than nodes' clocks differ by, and less than anybody needs to change his mind.</summary>
    public static readonly TimeSpan Prompt = TimeSpan.FromMilliseconds(250);

    /// <summary>Nothing is under way for so long. What seems to be bears the time of a clock that was wrong.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    /// <summary>Whether a request that arrives now is to be ignored.</summary>
    /// <param name="askedAt">When it was received from the backend; null if nobody says.</param>
    /// <param name="inForceSince">When what it would undo was asked for; null if that is not known.</param>
    /// <param name="now">Now, by the entity's clock.</param>
    public static bool IsOvertaken(DateTimeOffset? askedAt, DateTimeOffset? inForceSince, DateTimeOffset now) =>
        askedAt < inForceSince && inForceSince <= now && now - askedAt > Prompt && now - askedAt < Longest;

    /// <summary>Since when something has been in force after a request for it, which may not be the newest of those that came.</summary>
    public static DateTimeOffset? Latest(DateTimeOffset? inForceSince, DateTimeOffset? askedAt) =>
        inForceSince is null || inForceSince < askedAt ? askedAt : inForceSince;
}
