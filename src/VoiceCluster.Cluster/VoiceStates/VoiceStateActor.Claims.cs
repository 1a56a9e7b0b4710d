using VoiceCluster.Cluster.Messages;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.VoiceStates;

namespace VoiceCluster.Cluster.VoiceStates;

// What the holders of connections say, compared with what the state believes.
public sealed partial class VoiceStateActor
{
    private void Believe(VoiceState state) => believed.Set(Address.Key, state.Key, state.ListClaims(), this);

    /// <summary>A node says which connection it holds for the state.</summary>
    private async ValueTask HearAsync(VoiceState state, ReportClaim report, CancellationToken cancellation)
    {
        if (!_isLoaded)
        {
            return;
        }

        if (state.ListClaims().All(claim => claim.ClaimId != report.ClaimId))
        {
            Telemetry.Repaired("connection_without_state");
            Context.Host.Tell(report.Gateway, new EndClaim(report.ClaimId, ClaimEnd.Replaced));
            return;
        }

        if (state.Membership is not { Claim: { } claim } membership || claim.ClaimId != report.ClaimId)
        {
            return;
        }

        // What the channel has already costs it nothing.
        Project(state, membership);
        TellChannel(new VoiceChannelRequest(membership.Channel, new VoiceChannelCommand.ConfirmSession(claim.ClaimId, claim.Gateway)));
        if (report.IsAttached && membership.ExpiresAt is not null)
        {
            Telemetry.Repaired("taken_for_lost");
            await HandleAsync(state, new VoiceStateCommand.Reattach(report.ClaimId), cancellation);
        }
        else if (!report.IsAttached && membership.ExpiresAt is null)
        {
            Telemetry.Repaired("taken_for_connected");
            await HandleAsync(state, new VoiceStateCommand.Detach(report.ClaimId), cancellation);
        }
    }
}
