using System.Collections.Concurrent;
using System.Collections.Immutable;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.VoiceStates;

namespace VoiceCluster.Cluster.Reconciliation;

/// <summary>What this node knows of voice connections: those it holds, and those that the states it owns believe in.</summary>
/// <remarks>One per node. Safe for calls from any thread.</remarks>
public sealed class VoiceClaims
{
    /// <summary>The connections that end on this node.</summary>
    public HeldClaims Held { get; } = new();

    /// <summary>The connections that voice states on this node think there are.</summary>
    public BelievedClaims Believed { get; } = new();
}

/// <summary>The connections of a node, from before they are asked for until they are over.</summary>
public sealed class HeldClaims
{
    private readonly ConcurrentDictionary<Guid, HeldClaim> _claims = [];

    /// <summary>All of them.</summary>
    public IEnumerable<HeldClaim> All => _claims.Values;

    /// <summary>A claim is about to be asked for.</summary>
    public void Add(HeldClaim claim) => _claims[claim.ClaimId] = claim;

    /// <summary>The session's socket was lost (false) or is back; nothing happens if the session is over.</summary>
    public void SetAttached(Guid claimId, bool isAttached)
    {
        if (_claims.TryGetValue(claimId, out var claim))
        {
            _claims.TryUpdate(claimId, claim with { IsAttached = isAttached }, claim);
        }
    }

    /// <summary>The claim was refused, or the session is over.</summary>
    public void Remove(Guid claimId) => _claims.TryRemove(claimId, out _);

    /// <summary>Whether the node holds it, or is asking for it.</summary>
    public bool Contains(Guid claimId) => _claims.ContainsKey(claimId);
}

/// <summary>A connection that ends on this node.</summary>
/// <param name="ClaimId">Its claim.</param>
/// <param name="State">Whose state it claims.</param>
/// <param name="Gateway">The actor that holds it.</param>
/// <param name="IsAttached">Whether it is established and its socket is there.</param>
public sealed record HeldClaim(Guid ClaimId, VoiceStateKey State, GatewayAddress Gateway, bool IsAttached);

/// <summary>What the voice states of a node believe.</summary>
public sealed class BelievedClaims
{
    private readonly ConcurrentDictionary<string, Belief> _beliefs = new(StringComparer.Ordinal);

    /// <summary>Every state with a claim.</summary>
    public IEnumerable<(VoiceStateKey State, VoiceClaim Claim)> All =>
        _beliefs.Values.SelectMany(belief => belief.Claims.Select(claim => (belief.State, claim)));

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
