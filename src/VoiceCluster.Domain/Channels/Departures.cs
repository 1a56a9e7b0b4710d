using System.Collections.Immutable;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Domain.Channels;

/// <summary>The revisions of members who left lately, so that nothing late brings them back. Immutable.</summary>
public sealed class Departures
{
    /// <summary>Far longer than any message is on its way.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(2);

    private readonly ImmutableDictionary<Snowflake, long> _revisions;
    private readonly ImmutableQueue<Departure> _byAge;

    private Departures(ImmutableDictionary<Snowflake, long> revisions, ImmutableQueue<Departure> byAge)
    {
        _revisions = revisions;
        _byAge = byAge;
    }

    /// <summary>Nobody has left.</summary>
    public static Departures None { get; } = new(ImmutableDictionary<Snowflake, long>.Empty, []);

    /// <summary>The revision a user left with, or 0.</summary>
    public long RevisionOf(Snowflake userId) => _revisions.GetValueOrDefault(userId);

    /// <summary>Remembers a departure and forgets those that are too old.</summary>
    public Departures Add(Snowflake userId, long revision, DateTimeOffset now)
    {
        var revisions = _revisions;
        var byAge = _byAge;
        while (!byAge.IsEmpty && byAge.Peek().At + Memory < now)
        {
            byAge = byAge.Dequeue(out var oldest);
            if (revisions.GetValueOrDefault(oldest.UserId) == oldest.Revision)
            {
                revisions = revisions.Remove(oldest.UserId);
            }
        }

        return new Departures(revisions.SetItem(userId, revision), byAge.Enqueue(new Departure(userId, revision, now)));
    }

    private readonly record struct Departure(Snowflake UserId, long Revision, DateTimeOffset At);
}
