using System.Collections.Immutable;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Domain.Channels;

/// <summary>Gathers what one worker's plan says of its own sessions, and what the others' plans say of it.</summary>
internal sealed class WorkerPlan(WorkerId worker)
{
    private readonly ImmutableArray<PlannedSession>.Builder _sessions = ImmutableArray.CreateBuilder<PlannedSession>();
    private readonly ImmutableArray<PlannedSource>.Builder _sources = ImmutableArray.CreateBuilder<PlannedSource>();
    private bool _listens;

    /// <summary>The worker.</summary>
    public WorkerId Worker { get; } = worker;

    /// <summary>Takes in a session of the call.</summary>
    public void Add(Ssrc first, PlannedSession session)
    {
        _sessions.Add(session);
        _sources.Add(new PlannedSource(first, session.Sends));
        _listens |= session.Receives;
    }

    /// <summary>What the plans of the other workers say of this one.</summary>
    public PlannedRelay ToRelay() => new(Worker, _listens, _sources.DrainToImmutable());

    /// <summary>Its own sessions, once.</summary>
    public ImmutableArray<PlannedSession> TakeSessions() => _sessions.DrainToImmutable();
}
