using System.Collections.Immutable;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.VoiceStates;

namespace VoiceCluster.Cluster.Messages;

/// <summary>Asks a node which of these connections do not end there; it tells their states.</summary>
public sealed record ConfirmClaims(ImmutableArray<BelievedClaim> Claims) : IActorMessage;

/// <summary>A connection that a state believes in.</summary>
public sealed record BelievedClaim(VoiceStateKey State, Guid ClaimId);

/// <summary>Has the holder of a voice websocket tell its state that it is there, behind whatever it has told it before.</summary>
public sealed record ReportSession(Guid ClaimId) : IVoiceGatewayMessage;

/// <summary>The holder of a voice websocket tells its state that it is there.</summary>
/// <param name="State">Which state.</param>
/// <param name="ClaimId">The claim.</param>
/// <param name="Gateway">The actor that holds it.</param>
/// <param name="IsAttached">Whether its socket is there.</param>
public sealed record ReportClaim(VoiceStateKey State, Guid ClaimId, GatewayAddress Gateway, bool IsAttached) : IVoiceStateMessage;

/// <summary>An owner that did things without the store hands them to the one after it.</summary>
/// <param name="State">Which state.</param>
/// <param name="Unstored">The state as it left it.</param>
public sealed record MergeVoiceState(VoiceStateKey State, VoiceState Unstored) : IVoiceStateMessage
{
    // The generated text would show what tokens are derived from.
    /// <inheritdoc />
    public override string ToString() => $"{nameof(MergeVoiceState)} {State} {Unstored.Revision}";
}
