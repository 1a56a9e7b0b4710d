using System.Collections.Immutable;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Domain.Drain;

/// <summary>Empties a node: shards first, then users in batches, and at the deadline whoever is left is closed. Pure; fed the time.</summary>
/// <remarks>
/// Shards go first so that those who move users on know them already. A user who was told to move counts as on the way for a while; one who does not go
/// (a backend that tells him nothing) makes room for others, is told again later, and is kept to the deadline. Not thread safe.
/// </remarks>
/// <param name="options">How fast.</param>
public sealed class NodeDrain(DrainOptions options)
{
    private readonly Dictionary<Guid, TimeSpan> _asked = [];
    private readonly HashSet<Guid> _closed = [];
    private TimeSpan _begunAt;
    private TimeSpan _nowhereSince;
    private TimeSpan _deadline;
    private bool _handsOver;

    /// <summary>Whether the node is being emptied, or is empty and stays so.</summary>
    public bool IsOn { get; private set; }

    /// <summary>Users who have gone since it began.</summary>
    public int Moved { get; private set; }

    /// <summary>Begins, or sets another deadline.</summary>
    /// <param name="deadline">From now.</param>
    /// <param name="now">Monotonic time.</param>
    public void Begin(TimeSpan deadline, TimeSpan now)
    {
        _deadline = now + deadline;
        if (IsOn)
        {
            return;
        }

        IsOn = true;
        _handsOver = true;
        _begunAt = _nowhereSince = now;
        Moved = 0;
    }

    /// <summary>The node is to serve as before. Whoever has gone comes back only by joining.</summary>
    /// <returns>The sessions that were told to move and have not gone.</returns>
    public ImmutableArray<Guid> Cancel()
    {
        IsOn = false;
        ImmutableArray<Guid> waiting = [.. _asked.Keys];
        _asked.Clear();
        _closed.Clear();
        return waiting;
    }

    /// <summary>How long until the rest is closed; zero when that is past.</summary>
    public TimeSpan Left(TimeSpan now) => _deadline > now ? _deadline - now : TimeSpan.Zero;

    /// <summary>Whether nothing is left to wait for: all have gone, the deadline is past, or there has been no other node for a while.</summary>
    public bool IsOver(DrainFacts facts, TimeSpan now) =>
        (facts.Sessions.Count == 0 && (facts.Shards == 0 || !facts.HasElsewhere))
        || now >= _deadline
        || now - _nowhereSince >= options.NowherePatience;

    /// <summary>Looks at what is left; to be called every <see cref="DrainOptions.Interval"/> while it is on.</summary>
    public DrainStep Step(DrainFacts facts, TimeSpan now)
    {
        if (!IsOn)
        {
            return DrainStep.Nothing;
        }

        CountGone(facts);
        _nowhereSince = facts.HasElsewhere ? now : _nowhereSince;
        if (now >= _deadline)
        {
            return new DrainStep([], [.. facts.Sessions.Where(session => _closed.Add(session.ClaimId))]);
        }

        _handsOver &= facts.Shards > 0 && now - _begunAt < options.HandOverTime;
        return _handsOver || !facts.HasElsewhere ? DrainStep.Nothing : new DrainStep(NextToMove(facts, now), []);
    }

    private void CountGone(DrainFacts facts)
    {
        var here = facts.Sessions.Select(session => session.ClaimId).ToHashSet();
        foreach (var gone in _asked.Keys.Where(claim => !here.Contains(claim)).ToArray())
        {
            _asked.Remove(gone);
            Moved++;
        }

        _closed.IntersectWith(here);
    }

    private int BatchOf(DrainFacts facts) => Math.Max(options.LeastBatch, (int)(facts.Sessions.Count * options.Share));

    /// <summary>A channel's users together, as far as the batch goes: those who talk to each other meet again at once.</summary>
    private ImmutableArray<NodeSession> NextToMove(DrainFacts facts, TimeSpan now)
    {
        var onTheWay = _asked.Values.Count(at => now - at < options.Patience);
        ImmutableArray<NodeSession> batch =
        [
            .. facts.Sessions
                .Where(session => !_asked.TryGetValue(session.ClaimId, out var at) || now - at >= options.AskAgainAfter)
                .OrderBy(session => session.Channel.ToString(), StringComparer.Ordinal)
                .Take(Math.Max(0, BatchOf(facts) - onTheWay)),
        ];
        foreach (var session in batch)
        {
            _asked[session.ClaimId] = now;
        }

        return batch;
    }
}

/// <summary>How fast a node is emptied.</summary>
public sealed record DrainOptions
{
    /// <summary>How often it is looked at what is left. Default 100 ms.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Users who may be on the way at the same time, if there are few: those who connect together wait for each other. Default 8.</summary>
    public int LeastBatch { get; init; } = 8;

    /// <summary>Of many users, which share may be on the way at the same time, so that all get away before the deadline. Default one in 32.</summary>
    public double Share { get; init; } = 1.0 / 32;

    /// <summary>How long a user counts as on the way. Default 2 s.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>After how long a user who has not gone is told again. Default 10 s.</summary>
    public TimeSpan AskAgainAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long users wait for the shards to go first. Default 5 s.</summary>
    public TimeSpan HandOverTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a node that stops waits for another one that could take its users. Default 2 s.</summary>
    public TimeSpan NowherePatience { get; init; } = TimeSpan.FromSeconds(2);
}

/// <summary>A voice session that a node holds.</summary>
public sealed record NodeSession(Guid ClaimId, VoiceStateKey State, ChannelKey Channel, GatewayAddress Gateway);

/// <summary>What is left on the node.</summary>
/// <param name="Sessions">Its voice sessions.</param>
/// <param name="Shards">How many shards it owns.</param>
/// <param name="HasElsewhere">Whether another node could take users.</param>
public sealed record DrainFacts(IReadOnlyCollection<NodeSession> Sessions, int Shards, bool HasElsewhere);

/// <summary>What is to be done now.</summary>
/// <param name="Move">Sessions to be moved.</param>
/// <param name="Close">Sessions whose time is up.</param>
public sealed record DrainStep(ImmutableArray<NodeSession> Move, ImmutableArray<NodeSession> Close)
{
    /// <summary>Wait.</summary>
    public static DrainStep Nothing { get; } = new([], []);
}
