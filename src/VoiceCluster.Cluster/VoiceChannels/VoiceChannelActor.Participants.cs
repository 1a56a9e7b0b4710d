using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Domain.Channels;

namespace VoiceCluster.Cluster.VoiceChannels;

// Keeps what every session was told of the others equal to who is there, whatever was lost on the way or while the channel had no owner.
public sealed partial class VoiceChannelActor
{
    /// <summary>How often each session in the call is told in short who else is there.</summary>
    private static readonly TimeSpan SummaryInterval = TimeSpan.FromSeconds(30);

    /// <summary>How soon after a session attached again: most of the others do so at the same time.</summary>
    private static readonly TimeSpan SummaryDelay = TimeSpan.FromSeconds(1);

    private bool _isSummaryDue;

    /// <summary>A session that was in the call before this entity was loaded may have missed who came and went in between.</summary>
    private void SummarizeSoon() => SummarizeIn(SummaryDelay);

    private void KeepSummarizing()
    {
        if (!_isSummaryDue)
        {
            SummarizeIn(SummaryInterval);
        }
    }

    private void SummarizeIn(TimeSpan delay)
    {
        _isSummaryDue = true;
        Context.SetTimer(nameof(SummariesDue), delay, new SummariesDue());
    }

    private void TellSummaries()
    {
        _isSummaryDue = false;
        var all = CallSummary.Of(_channel!.InCall.Select(session => session.UserId).Distinct());
        foreach (var session in _channel.InCall)
        {
            Context.Host.Tell(session.Gateway, new ParticipantsSummary(session.ClaimId, all.Without(session.UserId)));
        }

        if (all.Count > 0)
        {
            KeepSummarizing();
        }
    }

    private void TellParticipants(Guid claimId)
    {
        if (_channel!.Sessions.TryGetValue(claimId, out var session) && session.InCall)
        {
            Context.Host.Tell(session.Gateway, new ParticipantsListed(claimId, OthersOf(session, _channel)));
        }
    }

    private sealed record SummariesDue : IActorMessage;
}
