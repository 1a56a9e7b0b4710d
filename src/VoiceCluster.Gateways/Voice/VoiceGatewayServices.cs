using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster;
using VoiceCluster.Cluster.Reconciliation;
using VoiceCluster.Domain.Media;
using VoiceCluster.Gateways.Splices;
using VoiceCluster.Protocol.Gateway;

namespace VoiceCluster.Gateways.Voice;

/// <summary>What every voice websocket of a node shares.</summary>
internal sealed record VoiceGatewayServices(
    VoiceGatewayOptions Options,
    VoiceSettings Settings,
    VoiceAdmission Admission,
    SocketSplicer Splicer,
    IMediaPlane Media,
    LocalSessions Sessions,
    SessionTurnover Turnover,
    TimeProvider Time,
    ILogger Logger);
