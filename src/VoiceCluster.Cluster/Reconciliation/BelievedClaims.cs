using System.Collections.Concurrent;
using System.Collections.Immutable;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.VoiceStates;

namespace VoiceCluster.Cluster.Reconciliation;

/// <summary>The connections, on whichever nodes, that the voice states of this node think there are.</summary>
/// <remarks>One per node. Safe for calls from any thread.</remarks>
public sealed class BelievedClaims
{
    private readonly ConcurrentDictionary<string, Belief> _beliefs = new(StringComparer.Ordinal);

    /// <summary>Every state with a claim, one by one; what changes meanwhile may be seen or not.</summary>
    public IEnumerable<(VoiceStateKey State, VoiceClaim Claim)> Walk()
    {
        foreach (var (_, belief) in _beliefs)
        {
            foreach (var claim in belief.Claims)
            {
                yield return (belief.State, claim);
            }
        }
    }

    /// <summary>A state says which claims it has.</summary>
    internal void Set(string key, VoiceStateKey state, ImmutableArray<VoiceClaim> claims, object owner)
    {
        if (claims.IsEmpty)
        {
            _beliefs.TryRemove(key, out _);
        }
        else
        {
            _beliefs[key] = new Belief(state, claims, owner);
        }
    }

    /// <summary>A state's actor ends; the one that came after it may have said something already.</summary>
    internal void Forget(string key, object owner)
    {
        if (_beliefs.TryGetValue(key, out var belief) && ReferenceEquals(belief.Owner, owner))
        {
            _beliefs.TryRemove(new KeyValuePair<string, Belief>(key, belief));
        }
    }

    private sealed record Belief(VoiceStateKey State, ImmutableArray<VoiceClaim> Claims, object Owner);
}
