using VoiceCluster.Client.Pacing;
using VoiceCluster.Client.Sockets;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Lvsp.Client;

namespace VoiceCluster.Client.Lvsp;

/// <summary>How a backend connects and speaks.</summary>
public sealed record LvspClientOptions
{
    /// <summary>The server's address, such as <c>ws://127.0.0.1:8080/lvsp</c>.</summary>
    public required Uri Url { get; init; }

    /// <summary>The secret shared with the server.</summary>
    public required string Secret { get; init; }

    /// <summary>Names this backend in exceptions.</summary>
    public string Name { get; init; } = "backend";

    /// <summary>In which form requests are written.</summary>
    public LvspForm Form { get; init; }

    /// <summary>How the types of the Litecord form are numbered.</summary>
    public LvspNumbering Numbering { get; init; }

    /// <summary>Which certificates are accepted.</summary>
    public TlsTrust Trust { get; init; } = TlsTrust.Machine;

    /// <summary>How long each answer is waited for.</summary>
    public TimeSpan AnswerLimit { get; init; } = Deadline.Default;

    /// <summary>The clock of deadlines and heartbeats.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>What sends the heartbeats.</summary>
    public HeartbeatPump Pump { get; init; } = HeartbeatPump.Shared;

    /// <summary>Sees every request that is sent and every message that comes, as JSON; never the authentication.</summary>
    public Action<LvspTraffic>? Observer { get; init; }
}

/// <summary>One message as it was on the wire.</summary>
public readonly record struct LvspTraffic(bool IsSent, string Json);
