using Microsoft.Extensions.Hosting;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Membership;
using VoiceCluster.Cluster.Placement;
using VoiceCluster.Cluster.VoiceChannels;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Membership;
using VoiceCluster.Domain.Placement;

namespace VoiceCluster.Node.Composition;

/// <summary>Tells placement what the members say of themselves, each time that the table of members was read, and channels who is gone.</summary>
internal sealed class PlacementFeed(
    ClusterMembership seat, MembershipPlacement membership, VoicePlacement placement, NodeLiveness liveness, EntityHost host, TimeProvider time) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        liveness.Lost += OnLost;
        membership.Updated += Feed;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        membership.Updated -= Feed;
        liveness.Lost -= OnLost;
        return Task.CompletedTask;
    }

    /// <summary>A member that has not opened its ports, or does not say how much it carries, is not placed on.</summary>
    private void Feed(MembershipTable table)
    {
        var now = time.GetElapsedTime(0);
        var members = table.Rows
            .Where(row => row.Standing == MemberStanding.Live || row.MayReturn(seat.Times))
            .Select(row => (Row: row, Description: MemberDescription.Read(row)))
            .ToList();
        placement.Update(members
            .Where(member => member.Row.Standing == MemberStanding.Live && member.Description is { Endpoint: not null, Load: not null })
            .Select(member => new PlacedMember(new HeardReport(member.Description.Load!, now - member.Row.Age), member.Description.Endpoint!)));

        // Placement first: whoever loses his node is sent to one that is left. A node that may not have heard yet that it was declared dead has not lost its users.
        liveness.SetMembers(members.Select(member => member.Row.Node with { Incarnation = member.Description.Process ?? member.Row.Node.Incarnation }));
    }

    private void OnLost(NodeIncarnation process) => VoiceChannelActor.TellLost(host, process);
}
