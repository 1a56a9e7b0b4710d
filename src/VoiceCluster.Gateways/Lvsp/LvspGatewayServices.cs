using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Lvsp;
using VoiceCluster.Cluster.Store;

namespace VoiceCluster.Gateways.Lvsp;

/// <summary>What every LVSP link of a node shares.</summary>
internal sealed record LvspGatewayServices(
    LvspGatewayOptions Options,
    ILvspSessionStore Store,
    LvspNotifier Notifier,
    LvspRequestHandler Requests,
    INodeHealth Health,
    TimeProvider Time,
    ILogger Logger);
