using System.Collections.Immutable;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Gateways.Voice;

// Who else is in the call, as the client was told, and how it is put right.
internal sealed partial class VoiceGatewayActor
{
    /// <summary>A list that differs from the channel's lacks a message that was lost: the channel is asked for the whole list.</summary>
    private void CompareParticipants(VoiceSession session, CallSummary others)
    {
        if (CallSummary.Of(session.Others) != others)
        {
            Context.Host.Tell(new ListParticipants(session.Channel, session.ClaimId));
        }
    }

    private void CorrectParticipants(VoiceSession session, ImmutableArray<ChannelSession> others)
    {
        var told = session.Others.ToImmutableHashSet();
        session.KnowOthers(others);
        if (told.SetEquals(session.Others))
        {
            return;
        }

        GatewaysTelemetry.ParticipantRepairs.Add(1);
        Log.ParticipantsCorrected(_services.Logger, Context.Self, told.Count, session.Others.Count);
        DeliverDifference(session, told, speakers: others.Where(other => !told.Contains(other.UserId)));
    }

    /// <summary>Tells who is gone and who is new, and what some of the others send.</summary>
    private void DeliverDifference(VoiceSession session, ImmutableHashSet<Snowflake> told, IEnumerable<ChannelSession> speakers)
    {
        foreach (var gone in told.Except(session.Others))
        {
            Deliver(session, new ClientDisconnectEvent(gone));
        }

        DeliverEntered(session, session.Others.Except(told));
        DeliverSpeakers(session, speakers);
    }

    private void DeliverEntered(VoiceSession session, IEnumerable<Snowflake> users)
    {
        var entered = users.ToValueArray();
        if (!entered.IsEmpty)
        {
            Deliver(session, new ClientsConnectEvent(entered));
        }
    }

    private void DeliverSpeakers(VoiceSession session, IEnumerable<ChannelSession> others)
    {
        foreach (var other in others)
        {
            if (other.Speaking != SpeakingFlags.None)
            {
                Deliver(session, new SpeakingEvent(other.UserId, other.Ssrc, other.Speaking));
            }

            if (other.Video is { IsActive: true } || LearnsSourcesFromVideo)
            {
                Deliver(session, VideoOf(other));
            }
        }
    }
}
