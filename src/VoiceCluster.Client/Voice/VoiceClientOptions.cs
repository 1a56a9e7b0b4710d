using System.Net;
using VoiceCluster.Client.Pacing;
using VoiceCluster.Client.Sockets;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Client.Voice;

/// <summary>Who connects to which call, and how.</summary>
public sealed record VoiceClientOptions
{
    /// <summary>The voice gateway's address without the version, such as <c>ws://127.0.0.1:8080/</c>.</summary>
    public required Uri Url { get; init; }

    /// <summary>The user.</summary>
    public required Snowflake UserId { get; init; }

    /// <summary>The guild; for a private call its channel.</summary>
    public required Snowflake ServerId { get; init; }

    /// <summary>The channel, which is said from version 9 on.</summary>
    public Snowflake? ChannelId { get; init; }

    /// <summary>The session id from the backend.</summary>
    public required string SessionId { get; init; }

    /// <summary>The token from the backend.</summary>
    public required string Token { get; init; }

    /// <summary>The version of the gateway to speak.</summary>
    public VoiceGatewayVersion Version { get; init; } = new(8);

    /// <summary>The mode to ask for; null takes the first one offered that works here.</summary>
    public TransportEncryptionMode? Mode { get; init; }

    /// <summary>Whether the nonce counter is written little endian, as some libraries do.</summary>
    public bool LittleEndianNonce { get; init; }

    /// <summary>The first value of the nonce counter; libraries begin at 0, at 1, or anywhere.</summary>
    public uint FirstNonce { get; init; }

    /// <summary>Turns the media address that READY names into the one that is sent to; null leaves it as it is.</summary>
    public Func<IPEndPoint, IPEndPoint>? MediaRoute { get; init; }

    /// <summary>Which certificates are accepted.</summary>
    public TlsTrust Trust { get; init; } = TlsTrust.Machine;

    /// <summary>How long each answer is waited for.</summary>
    public TimeSpan AnswerLimit { get; init; } = Deadline.Default;

    /// <summary>The clock of deadlines, heartbeats and delays.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>What sends the heartbeats.</summary>
    public HeartbeatPump Pump { get; init; } = HeartbeatPump.Shared;

    /// <summary>Leaves the credentials out.</summary>
    public override string ToString() => $"user {UserId} at {Url} ({Version})";
}
