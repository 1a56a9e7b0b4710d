using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Credentials;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Cluster.Placement;
using VoiceCluster.Cluster.Reconciliation;
using VoiceCluster.Domain.Drain;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.VoiceStates;

namespace VoiceCluster.Cluster.Drain;

/// <summary>Carries out what <see cref="NodeDrain"/> decides: tells voice states to move their users, and sockets to close.</summary>
/// <param name="sessions">What this node holds.</param>
/// <param name="placement">Where users may go.</param>
/// <param name="countShards">How many shards this node owns.</param>
/// <param name="setDraining">Makes the node take nothing new, or take it again, and tells the others. Must not wait.</param>
/// <param name="options">How fast.</param>
/// <param name="logger">For the beginning and the end.</param>
public sealed partial class NodeDrainActor(
    LocalSessions sessions,
    IVoicePlacement placement,
    Func<int> countShards,
    Action<bool> setDraining,
    DrainOptions options,
    ILogger<NodeDrainActor> logger) : Actor
{
    /// <summary>The actor's local name, the same on every node.</summary>
    public const string Name = "drain";

    private static readonly TimeSpan AskDeadline = TimeSpan.FromSeconds(2);

    private readonly NodeDrain _drain = new(options);
    private readonly List<Action<IActorMessage>> _waiting = [];
    private readonly CancellationTokenSource _stopped = new();
    private bool _wasOver;

    private TimeSpan Now => Context.Time.GetElapsedTime(0);

    /// <inheritdoc />
    protected internal override ValueTask ReceiveAsync(IActorMessage message, CancellationToken cancellation)
    {
        switch (message)
        {
            case BeginDrain begin:
                Begin(begin);
                break;
            case CancelDrain:
                Cancel();
                break;
            case GetDrain:
                Context.Reply(Report());
                break;
            case DrainDue:
                Step();
                break;
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc />
    protected internal override async ValueTask StopAsync()
    {
        await _stopped.CancelAsync();
        _stopped.Dispose();
        Answer();
    }

    private void Begin(BeginDrain begin)
    {
        if (!_drain.IsOn)
        {
            Log.Begun(logger, begin.Deadline, sessions.All.Count, countShards());
            setDraining(true);
        }

        _drain.Begin(begin.Deadline, Now);
        _wasOver = false;
        if (begin.UntilOver)
        {
            _waiting.Add(Context.TakeReply());
        }
        else
        {
            Context.Reply(Report());
        }

        Step();
    }

    private void Cancel()
    {
        if (_drain.IsOn)
        {
            Log.Cancelled(logger, sessions.All.Count);
            var told = _drain.Cancel().ToHashSet();
            foreach (var session in sessions.All.Where(session => told.Contains(session.ClaimId)))
            {
                Context.Host.Tell(new VoiceStateRequest(session.State, new VoiceStateCommand.Remain(session.ClaimId)));
            }

            Context.CancelTimer(nameof(DrainDue));
            setDraining(false);
            Answer();
        }

        Context.Reply(Report());
    }

    private void Step()
    {
        if (!_drain.IsOn)
        {
            return;
        }

        var facts = Facts();
        var step = _drain.Step(facts, Now);
        foreach (var channel in step.Move.GroupBy(session => session.Channel))
        {
            _ = MoveAsync(channel.Key, [.. channel], Context.Time.GetUtcNow() + _drain.Left(Now), _stopped.Token);
        }

        foreach (var session in step.Close)
        {
            Context.Host.Tell(session.Gateway, new EndClaim(session.ClaimId, ClaimEnd.Drained));
        }

        if (_drain.IsOver(facts, Now))
        {
            TellOver(facts);
        }

        Context.SetTimer(nameof(DrainDue), options.Interval, new DrainDue());
    }

    private DrainFacts Facts() => new(sessions.All, countShards(), placement.TakesElsewhere);

    /// <summary>Runs beside the mailbox: a channel whose shard is on the way answers when it has arrived.</summary>
    private async Task MoveAsync(ChannelKey channel, NodeSession[] users, DateTimeOffset keepUntil, CancellationToken stopped)
    {
        var host = Context.Host;
        var self = host.Node.Node;
        try
        {
            var reply = await host.AskChannelAsync(new GetVoiceChannel(channel), AskDeadline, stopped);
            var serving = reply.Serving.Where(node => node != self).ToHashSet();
            foreach (var user in users)
            {
                if (placement.Find(channel, serving) is not { } node || node == self)
                {
                    continue;
                }

                serving.Add(node);
                placement.Count(channel, node);
                var move = new VoiceStateCommand.Relocate(CredentialMinter.NewSalt(), node, keepUntil, user.ClaimId);
                host.Tell(new VoiceStateRequest(user.State, move));
            }
        }
        catch (Exception error) when (error is AskException or OperationCanceledException)
        {
            // They are told again later.
        }
    }

    private void TellOver(DrainFacts facts)
    {
        if (!_wasOver)
        {
            Log.Over(logger, _drain.Moved, facts.Sessions.Count, facts.Shards);
        }

        _wasOver = true;
        Answer();
    }

    private void Answer()
    {
        foreach (var reply in _waiting)
        {
            reply(Report());
        }

        _waiting.Clear();
    }

    private DrainReport Report() =>
        new(_drain.IsOn, sessions.All.Count, countShards(), _drain.Moved, _drain.IsOn ? _drain.Left(Now) : TimeSpan.Zero);

    private sealed record DrainDue : IActorMessage;

    private static partial class Log
    {
        [LoggerMessage(90, LogLevel.Information, "This node is emptied within {Deadline}: {Users} users, {Shards} shards")]
        public static partial void Begun(ILogger logger, TimeSpan deadline, int users, int shards);

        [LoggerMessage(91, LogLevel.Information, "This node is not emptied any more; it keeps {Users} users")]
        public static partial void Cancelled(ILogger logger, int users);

        [LoggerMessage(92, LogLevel.Information, "Emptied: {Moved} users went elsewhere, {Users} users and {Shards} shards are left")]
        public static partial void Over(ILogger logger, int moved, int users, int shards);
    }
}
