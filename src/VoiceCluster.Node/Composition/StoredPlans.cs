using Microsoft.Extensions.Hosting;
using VoiceCluster.Cluster.UdpIngress;

namespace VoiceCluster.Node.Composition;

/// <summary>Has stored plans read as long as the node runs.</summary>
internal sealed class StoredPlans(StoredPlanReader reader) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => reader.RunAsync(stoppingToken);
}
