using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Gateways.Lvsp;

/// <summary>How this node serves backends.</summary>
public sealed record LvspGatewayOptions
{
    /// <summary>Secrets, heartbeat interval and limits of one connection.</summary>
    public required LvspConnectionOptions Connection { get; init; }

    /// <summary>How long a session without a socket is kept. Default 120 s.</summary>
    public TimeSpan ResumeWindow { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Sessions per realm, detached ones included. Default 64.</summary>
    public int MaxSessionsPerRealm { get; init; } = 64;

    /// <summary>Requests that may wait on one link before it is read no further. Default 256.</summary>
    public int MaxQueuedRequests { get; init; } = 256;
}
