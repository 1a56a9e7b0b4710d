using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Cluster.Reconciliation;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.Drain;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.VoiceStates;

namespace VoiceCluster.Simulation.Nodes;

/// <summary>A user's connection, as far as the entities know it: it claims, attaches, enters the call and is told when it is over.</summary>
internal sealed class SimulatedSession(ChannelSession session, VoiceStateKey state, ChannelKey channel, string sessionId, string token)
{
    private static readonly TimeSpan AskDeadline = TimeSpan.FromSeconds(5);

    private bool _wantsToClose;

    public ChannelSession Session { get; private set; } = session;

    public VoiceStateKey State => state;

    public ChannelKey Channel => channel;

    /// <summary>Whether the client has its session description and is not gone.</summary>
    public bool IsOpen { get; private set; }

    public bool IsOver { get; private set; }

    public Actor CreateActor(LocalSessions held) => new SessionActor(this, held);

    /// <summary>The client goes away.</summary>
    public void Close(IEntityHost host)
    {
        _wantsToClose = true;
        host.Tell(Session.Gateway, new EndClaim(Session.ClaimId, ClaimEnd.Expired));
    }

    private async ValueTask OpenAsync(IEntityHost host, LocalSessions held)
    {
        try
        {
            held.Expect(Session.ClaimId);
            var claim = new VoiceStateCommand.Claim(Session.ClaimId, Session.Gateway, sessionId, AcceptAnyFirstSessionId: false);
            var claimed = await host.AskStateAsync(new ClaimVoiceState(state, claim, token, ChannelToken: null), AskDeadline);
            if (!claimed.Changed)
            {
                IsOver = true;
                held.Remove(Session.ClaimId);
                return;
            }

            var attached = await host.AskChannelAsync(new VoiceChannelRequest(channel, new VoiceChannelCommand.AttachSession(Session)), AskDeadline);
            if (attached.Refusal is null)
            {
                await host.AskChannelAsync(new VoiceChannelRequest(channel, new VoiceChannelCommand.EnterCall(Session.ClaimId)), AskDeadline);
                Session = Session with { InCall = true };
                IsOpen = true;
                held.Begin(new NodeSession(Session.ClaimId, state, channel, Session.Gateway));
                host.Tell(new VoiceStateRequest(state, new VoiceStateCommand.ClaimReady(Session.ClaimId)));
                return;
            }
        }
        catch (AskException)
        {
            // As with an attachment that was refused: the client is sent away and the state waits for it to come again.
        }

        End(host, held, release: true);
    }

    private void End(IEntityHost host, LocalSessions held, bool release)
    {
        held.Remove(Session.ClaimId);
        IsOver = true;
        IsOpen = false;
        host.Tell(new VoiceChannelRequest(channel, new VoiceChannelCommand.DetachSession(Session.ClaimId)));
        if (release)
        {
            host.Tell(new VoiceStateRequest(state, new VoiceStateCommand.Release(Session.ClaimId)));
        }
    }

    private sealed class SessionActor(SimulatedSession session, LocalSessions held) : Actor
    {
        protected internal override async ValueTask StartAsync(CancellationToken cancellation)
        {
            await session.OpenAsync(Context.Host, held);
            if (session.IsOver)
            {
                Context.Stop();
            }
        }

        protected internal override ValueTask ReceiveAsync(IActorMessage message, CancellationToken cancellation)
        {
            switch (message)
            {
                case EndClaim end when end.ClaimId == session.Session.ClaimId && !session.IsOver:
                    session.End(Context.Host, held, release: session._wantsToClose);
                    Context.Stop();
                    break;
                case ReportSession when session.IsOpen:
                    Context.Host.Tell(new ReportClaim(session.State, session.Session.ClaimId, session.Session.Gateway, IsAttached: true));
                    break;
                case AnnounceSession announce when announce.ClaimId == session.Session.ClaimId && session.IsOpen:
                    Context.Host.Tell(new VoiceChannelRequest(session.Channel, new VoiceChannelCommand.AttachSession(session.Session)));
                    break;
            }

            return ValueTask.CompletedTask;
        }
    }
}
