using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.VoiceStates;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Domain.Tests;

/// <summary>Names and moments that the tests share.</summary>
internal static class Sample
{
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromMinutes(5);
    public static readonly VoiceStateTimeouts Timeouts = new(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(45), TimeSpan.FromSeconds(5));

    public static readonly Realm Realm = new("default");
    public static readonly Snowflake Guild = new(20);
    public static readonly Snowflake User = new(40);
    public static readonly ChannelKey Channel = new(Realm, Guild, new Snowflake(30));
    public static readonly ChannelKey OtherChannel = new(Realm, Guild, new Snowflake(31));
    public static readonly VoiceStateKey StateKey = new(Realm, Guild, User);
    public static readonly GatewayAddress Gateway = new(new NodeId("node-1"), "voice-1");
    public static readonly WorkerId Worker = new(new NodeIncarnation(new NodeId("node-1"), 7), 0);
    public static readonly WorkerId OtherWorker = new(new NodeIncarnation(new NodeId("node-1"), 7), 1);

    public static readonly VoiceFlags Muted = new(Deaf: false, Mute: true, SelfDeaf: false, SelfMute: false, Suppress: false);
    public static readonly VoiceFlagsPatch Mute = new(null, true, null, null, null);

    public static VoiceStateCommand.Join Join(ChannelKey channel, string? sessionId = null, VoiceFlagsPatch flags = default, string fresh = "fresh") =>
        new(channel, sessionId, flags, "lvsp-1", new FreshCredentials($"{fresh}-session", $"{fresh}-salt"));

    public static VoiceStateCommand.Claim Claim(Guid claimId, string sessionId = "fresh-session", bool acceptAny = false) =>
        new(claimId, Gateway, sessionId, acceptAny);

    public static ChannelSession Session(ulong user, uint ssrc, WorkerId? worker = null) => new()
    {
        ClaimId = new Guid((int)user, 0, 0, new byte[8]),
        UserId = new Snowflake(user),
        Gateway = new GatewayAddress(new NodeId("node-1"), $"voice-{user}"),
        Worker = worker ?? Worker,
        MediaSession = new MediaSessionId(user),
        Ssrc = new Ssrc(ssrc),
    };
}
