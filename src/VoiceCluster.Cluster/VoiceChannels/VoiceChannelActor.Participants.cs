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

    /// <summary>How soon after a session attached again: most of the others do so at the same time.</summary>
    private static readonly TimeSpan SummaryDelay = TimeSpan.FromSeconds(1);

    /// <summary>How long until the next summaries after those that are due; null while none are.</summary>
    private TimeSpan? _summaryInterval;

    /// <summary>A session that was in the call before this entity was loaded may have missed who came and went in between.</summary>
    private void SummarizeSoon() => SummarizeIn(SummaryDelay, SummaryInterval);

    /// <summary>Somebody came or went, and who was told may have missed it.</summary>
    private void SummarizeChange()
    {
        if (_summaryInterval is not { } interval || interval > SummaryInterval)
        {
            SummarizeIn(SummaryInterval, SummaryInterval);
        }
    }

    private void SummarizeIn(TimeSpan delay, TimeSpan next)
    {
        _summaryInterval = next;
        Context.SetTimer(nameof(SummariesDue), delay, new SummariesDue());
    }

    private void TellSummaries()
    {
        var all = CallSummary.Of(_channel!.InCall.Select(session => session.UserId).Distinct());
        foreach (var session in _channel.InCall)
        {
            Context.Host.Tell(session.Gateway, new ParticipantsSummary(session.ClaimId, all.Without(session.UserId)));
        }

        if (all.Count == 0 || _summaryInterval is not { } interval)
        {
            _summaryInterval = null;
            return;
        }

        var next = interval * 2;
        SummarizeIn(interval, next < LongestSummaryInterval ? next : LongestSummaryInterval);
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
