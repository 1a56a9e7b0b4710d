using Microsoft.Extensions.Hosting;
using VoiceCluster.Cluster.Membership;
using VoiceCluster.Cluster.Placement;
using VoiceCluster.Domain.Membership;
using VoiceCluster.Domain.Placement;

namespace VoiceCluster.Node.Composition;

/// <summary>Tells placement what the members say of themselves, each time that the table of members was read.</summary>
internal sealed class PlacementFeed(MembershipPlacement membership, VoicePlacement placement, TimeProvider time) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        membership.Updated += Feed;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        membership.Updated -= Feed;
        return Task.CompletedTask;
    }

    /// <summary>A member that has not opened its ports, or does not say how much it carries, is not placed on.</summary>
    private void Feed(MembershipTable table)
    {
        var now = time.GetElapsedTime(0);
        placement.Update(table.Live
            .Select(row => (Row: row, Description: MemberDescription.Read(row)))
            .Where(member => member.Description is { Endpoint: not null, Load: not null })
            .Select(member => new PlacedMember(new HeardReport(member.Description.Load!, now - member.Row.Age), member.Description.Endpoint!)));
    }
}
