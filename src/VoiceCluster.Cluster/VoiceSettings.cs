using VoiceCluster.Domain.VoiceStates;

namespace VoiceCluster.Cluster;

/// <summary>What an operator sets about voice, as the actors need it.</summary>
public sealed record VoiceSettings
{
    /// <summary><c>host:port</c> of this node's voice websockets, as backends are told; known once the ports are open.</summary>
    public required Func<string> Endpoint { get; init; }

    /// <summary>How long a state waits for its first claim. Default 60 s.</summary>
    public TimeSpan UnclaimedTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a lost voice websocket may come back. Default 60 s.</summary>
    public TimeSpan ResumeWindow { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a channel stays without voice states. Default 5 min.</summary>
    public TimeSpan ChannelIdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long the old channel's websocket stays open after a move. Default 5 s.</summary>
    public TimeSpan LeavingTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether a channel's token opens the states in it. Default true.</summary>
    public bool AcceptChannelToken { get; init; } = true;

    /// <summary>Whether the first identify of a state may bring any session id. Default false.</summary>
    public bool AcceptAnyFirstSessionId { get; init; }

    /// <summary>Channels per realm on this node. Default 100,000.</summary>
    public int MaxChannelsPerRealm { get; init; } = 100_000;

    /// <summary>Voice states per realm on this node. Default 1,000,000.</summary>
    public int MaxVoiceStatesPerRealm { get; init; } = 1_000_000;

    /// <summary>The timeouts that a voice state decides by.</summary>
    public VoiceStateTimeouts StateTimeouts => new(UnclaimedTimeout, ResumeWindow, LeavingTimeout);
}
