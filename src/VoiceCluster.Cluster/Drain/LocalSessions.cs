using System.Collections.Concurrent;
using VoiceCluster.Domain.Drain;

namespace VoiceCluster.Cluster.Drain;

/// <summary>The voice sessions that this node holds, with their sockets or waiting for them to come back. Safe for calls from any thread.</summary>
public sealed class LocalSessions
{
    private readonly ConcurrentDictionary<Guid, DrainedSession> _sessions = [];

    /// <summary>All of them.</summary>
    public IReadOnlyCollection<DrainedSession> All => [.. _sessions.Values];

    /// <summary>A session has begun.</summary>
    public void Add(DrainedSession session) => _sessions[session.ClaimId] = session;

    /// <summary>A session is over.</summary>
    public void Remove(Guid claimId) => _sessions.TryRemove(claimId, out _);
}
