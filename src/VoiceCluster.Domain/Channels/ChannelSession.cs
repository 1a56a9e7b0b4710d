using VoiceCluster.Domain.Identities;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Domain.Channels;

/// <summary>A claimed voice session in a channel.</summary>
public sealed record ChannelSession
{
    /// <summary>The claim of the voice state that it serves.</summary>
    public required Guid ClaimId { get; init; }

    /// <summary>Whose it is.</summary>
    public required Snowflake UserId { get; init; }

    /// <summary>The actor with the websocket.</summary>
    public required GatewayAddress Gateway { get; init; }

    /// <summary>The worker that serves its media.</summary>
    public required WorkerId Worker { get; init; }

    /// <summary>Its media on that worker.</summary>
    public required MediaSessionId MediaSession { get; init; }

    /// <summary>The first source of its block.</summary>
    public required Ssrc Ssrc { get; init; }

    /// <summary>Whether it has its session description.</summary>
    public bool InCall { get; init; }

    /// <summary>The last speaking mask that was not 0.</summary>
    public SpeakingFlags Speaking { get; init; }

    /// <summary>The video it announced, with the assigned sources; null when it never did.</summary>
    public Video? Video { get; init; }

    /// <summary>What it can encode and decode; empty when it gave no list.</summary>
    public ValueArray<VoiceCodec> Codecs { get; init; }
}
