using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Domain.VoiceStates;
using VoiceCluster.Simulation.Nodes;
using VoiceCluster.Simulation.Users;

namespace VoiceCluster.Simulation.Checks;

/// <summary>What has to hold some time after the last fault.</summary>
internal sealed class Aftermath(World world, Crowd crowd)
{
    /// <summary>Membership, reconciliation and one worker.</summary>
    private const int LocalActorsOfNode = 3;

    /// <summary>Whether every shard has exactly one owner, which the store has as such; else what is missing.</summary>
    public string? FindUnowned()
    {
        if (world.Nodes.Count < world.Names.Count || world.Nodes.Any(node => !node.IsServing))
        {
            return "not every node serves";
        }

        var rows = world.Store.Rows.ReadShardsAsync(CancellationToken.None).GetAwaiter().GetResult().ToDictionary(row => row.Shard);
        for (var shard = 0; shard < ShardId.Count; shard++)
        {
            var id = new ShardId(shard);
            var owners = world.Nodes.Where(node => node.Host.FindKnownClaim(id) is { } claim && claim.Owner == node.Host.Node).ToArray();
            if (owners.Length != 1)
            {
                return $"shard {shard} is owned by {owners.Length}: {string.Join(", ", owners.Select(owner => owner.Host.FindKnownClaim(id)))}";
            }

            var claim = owners[0].Host.FindKnownClaim(id)!;
            if (rows.GetValueOrDefault(shard) is not { InForce: true } row || row.Owner != claim.Owner || row.Epoch != claim.Epoch)
            {
                return $"shard {shard} is owned as {claim} and stored as {rows.GetValueOrDefault(shard)}";
            }
        }

        return null;
    }

    /// <summary>Nothing that was acknowledged while the store was there is lost, and no connection that nobody ended has ended.</summary>
    public void CheckPromises()
    {
        foreach (var user in crowd.Users)
        {
            var stored = user.ReadStored()?.Membership;
            if (user is { Where: Whereabouts.In, MayEnd: false } && stored?.Channel != user.Channel)
            {
                world.Judge.Find($"{user.Key} joined {user.Channel}, which was acknowledged and stored, and is in {stored?.Channel}");
            }
            else if (user.Where == Whereabouts.Out && stored is not null)
            {
                world.Judge.Find($"{user.Key} left, which was acknowledged and stored, and is in {stored.Channel}");
            }
            else if (user is { IsSettled: true, SessionNode.IsServing: true, Session.IsOpen: false })
            {
                world.Judge.Find($"the connection of {user.Key} was ended although he did nothing and its node lived");
            }
        }
    }

    /// <summary>Store, owners and holders agree on who is there.</summary>
    public void CheckGhosts()
    {
        var open = world.Nodes
            .SelectMany(node => node.Sessions.Where(session => session.IsOpen).Select(session => (Node: node, Session: session)))
            .ToDictionary(entry => entry.Session.Session.ClaimId);
        foreach (var state in crowd.Users.Select(user => user.ReadStored()).OfType<VoiceState>())
        {
            if (state.Membership?.Claim is { } claim && !open.ContainsKey(claim.ClaimId))
            {
                world.Judge.Find($"{state.Key} is stored as claimed by {claim}, which nobody holds");
            }

            CheckEnd(state);
        }

        foreach (var (node, session) in open.Values)
        {
            CheckHeld(node, session, crowd.Users.First(user => user.Key == session.State).ReadStored());
        }
    }

    /// <summary>Nothing of what was done and failed is left in the processes.</summary>
    public void CheckLeftovers()
    {
        foreach (var node in world.Nodes)
        {
            var status = node.Host.ReadStatus();
            var open = node.Sessions.Count(session => session.IsOpen);
            var held = node.Held.All.Count;
            if (status.PendingAsks > 0 || status.Queued > 0 || status.LocalActors != LocalActorsOfNode + open || held != open)
            {
                world.Judge.Find($"{node.Life} has {open} connections, remembers {held} and is left with {status}");
            }
        }
    }

    /// <summary>Whoever owns a state ends it when its time is up by his clock.</summary>
    private void CheckEnd(VoiceState state)
    {
        var shard = EntityAddress.Of(state.Key).Shard;
        var owner = world.Nodes.FirstOrDefault(node => node.Host.FindKnownClaim(shard) is { } claim && claim.Owner == node.Host.Node);
        if (owner is not null && state.NextDeadline + TimeSpan.FromSeconds(30) < owner.Clock.GetUtcNow())
        {
            world.Judge.Find($"{state.Key} should have ended at {state.NextDeadline}, and {owner.Life} has {owner.Clock.GetUtcNow()}");
        }
    }

    private void CheckHeld(SimulatedNode node, SimulatedSession session, VoiceState? state)
    {
        if (state?.Membership is not { } membership || membership.Claim?.ClaimId != session.Session.ClaimId)
        {
            world.Judge.Find($"{node.Life} holds {session.Session.ClaimId} for {session.State}, which the store has as {state?.Membership}");
            return;
        }

        var planned = node.Worker.Plans.GetValueOrDefault(session.Channel)?.Sessions
            .FirstOrDefault(planned => planned.Session == session.Session.MediaSession);
        var asItShould = planned is { } plan && plan.Session == session.Session.MediaSession
            && plan.Sends == membership.Flags.MaySend() && plan.Receives == membership.Flags.MayReceive();
        if (!asItShould)
        {
            world.Judge.Find($"{node.Life} holds {session.Session.ClaimId} for {session.State}, whose plan says {planned} and whose flags are {membership.Flags}");
        }
    }
}
