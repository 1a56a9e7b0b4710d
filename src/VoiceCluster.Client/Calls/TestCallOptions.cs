using System.Collections.Immutable;
using VoiceCluster.Client.Sockets;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Client.Calls;

/// <summary>What a test call is made of.</summary>
public sealed record TestCallOptions
{
    /// <summary>How many users are in the call, at least two.</summary>
    public int Users { get; init; } = 4;

    /// <summary>How many of them speak, at most all.</summary>
    public int Speakers { get; init; } = 2;

    /// <summary>How long they speak.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The mode each user asks for; null takes the first one offered that works here.</summary>
    public TransportEncryptionMode? Mode { get; init; }

    /// <summary>The gateway version each user speaks.</summary>
    public VoiceGatewayVersion Version { get; init; } = new(8);

    /// <summary>The guild; null makes it a private call.</summary>
    public Snowflake? GuildId { get; init; }

    /// <summary>The channel.</summary>
    public required Snowflake ChannelId { get; init; }

    /// <summary>The first user; the others follow it.</summary>
    public required Snowflake FirstUserId { get; init; }

    /// <summary>Where the backend is connected, by which a plain endpoint is told from one with TLS.</summary>
    public required Uri LvspUrl { get; init; }

    /// <summary>Where users connect, in turn, whatever endpoint they were told; empty to do as told.</summary>
    public ImmutableArray<Uri> VoiceUrls { get; init; } = [];

    /// <summary>Which certificates are accepted.</summary>
    public TlsTrust Trust { get; init; } = TlsTrust.Machine;

    /// <summary>How much of what was sent may be lost, in percent.</summary>
    public double AllowedLossPercent { get; init; }

    /// <summary>How long the last frames are waited for; what has not come by then is lost.</summary>
    public TimeSpan SettleLimit { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long each answer is waited for.</summary>
    public TimeSpan AnswerLimit { get; init; } = Deadline.Default;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
