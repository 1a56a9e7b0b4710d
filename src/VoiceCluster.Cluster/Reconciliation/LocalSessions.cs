using System.Collections.Concurrent;
using VoiceCluster.Domain.Drain;

namespace VoiceCluster.Cluster.Reconciliation;

/// <summary>The voice sessions of this node, from before their claims are asked for until they are over, with their sockets or without.</summary>
/// <remarks>One per node. Safe for calls from any thread.</remarks>
public sealed class LocalSessions
{
    /// <summary>Without a value while the claim is only asked for.</summary>
    private readonly ConcurrentDictionary<Guid, NodeSession?> _sessions = [];

    /// <summary>All that have begun.</summary>
    public IReadOnlyCollection<NodeSession> All => [.. Walk()];

    /// <summary>All that have begun, one by one; those that begin or end meanwhile may be among them or not.</summary>
    public IEnumerable<NodeSession> Walk()
    {
        foreach (var (_, session) in _sessions)
        {
            if (session is not null)
            {
                yield return session;
            }
        }
    }

    /// <summary>A claim is about to be asked for: whoever asks from now on is told that it is held here.</summary>
    public void Expect(Guid claimId) => _sessions[claimId] = null;

    /// <summary>A session has begun.</summary>
    public void Begin(NodeSession session) => _sessions[session.ClaimId] = session;

    /// <summary>The claim was refused, or the session is over.</summary>
    public void Remove(Guid claimId) => _sessions.TryRemove(claimId, out _);

    /// <summary>Whether the node holds the session, or is asking for it.</summary>
    public bool Contains(Guid claimId) => _sessions.ContainsKey(claimId);
}
