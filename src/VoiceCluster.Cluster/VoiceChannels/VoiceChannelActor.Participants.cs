using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Domain.Channels;

namespace VoiceCluster.Cluster.VoiceChannels;

// Keeps what every session was told of the others equal to who is there, whatever was lost on the way or while the channel had no owner.
public sealed partial class VoiceChannelActor
{
    /// <summary>How soon after a change each session in the call is told in short who else is there; twice as long each time until the next change.</summary>
    private static readonly TimeSpan SummaryInterval = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LongestSummaryInterval = TimeSpan.FromMinutes(8);

    /// <summary>How soon when somebody may lack something: what does happens to several at the same time.</summary>
    private static readonly TimeSpan SummaryDelay = TimeSpan.FromSeconds(1);

    /// <summary>How long after they were ordered the next summaries are due; null while none are.</summary>
    private TimeSpan? _summaryWait;

    /// <summary>
    /// A session that was in the call before this entity was loaded may have missed who came and went in between, and one that no link reaches misses it now.
    /// </summary>
    private void SummarizeSoon() => SummarizeWithin(SummaryDelay);

    /// <summary>Somebody came or went, and who was told may have missed it.</summary>
    private void SummarizeChange() => SummarizeWithin(SummaryInterval);

    private void SummarizeWithin(TimeSpan wait)
    {
        if (_summaryWait is not { } pending || wait < pending)
        {
            _summaryWait = wait;
            Context.SetTimer(nameof(SummariesDue), wait, new SummariesDue());
        }
    }

    private void TellOthers(ChannelSession session, IVoiceGatewayMessage message)
    {
        var areAllTold = true;
        foreach (var other in State!.InCall)
        {
            areAllTold &= other.UserId == session.UserId || Context.Host.Tell(other.Gateway, message);
        }

        if (!areAllTold)
        {
            SummarizeSoon();
        }
    }

    private void TellSummaries()
    {
        var waited = _summaryWait ?? default;
        _summaryWait = null;
        var areAllTold = true;
        var all = CallSummary.Of(State!.InCall.Select(session => session.UserId).Distinct());
        foreach (var session in State.InCall)
        {
            areAllTold &= Context.Host.Tell(session.Gateway, new ParticipantsSummary(session.ClaimId, all.Without(session.UserId)));
        }

        if (!areAllTold)
        {
            SummarizeSoon();
        }
        else if (all.Count > 0)
        {
            SummarizeWithin(IntervalAfter(waited));
        }
    }

    private static TimeSpan IntervalAfter(TimeSpan waited) =>
        waited < SummaryInterval ? SummaryInterval
        : waited * 2 < LongestSummaryInterval ? waited * 2
        : LongestSummaryInterval;

    private void TellParticipants(Guid claimId)
    {
        if (State!.Sessions.TryGetValue(claimId, out var session) && session.InCall)
        {
            Context.Host.Tell(session.Gateway, new ParticipantsListed(claimId, OthersOf(session, State)));
        }
    }

    private sealed record SummariesDue : IActorMessage;
}
