using System.Text;
using System.Text.Json;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.VoiceStates;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Cluster.Tests.Voice;

/// <summary>What is stored comes back the same: entities start again from it.</summary>
public sealed class EntityJsonTests
{
    private static readonly DateTimeOffset Moment = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void VoiceState_WithEverythingSet_RoundTrips()
    {
        var gateway = new GatewayAddress(new NodeId("node-1"), "voice-1");
        var state = new VoiceState
        {
            Key = VoiceBed.State(40),
            Revision = 1_767_323_045_000_000,
            Membership = new VoiceMembership
            {
                Channel = VoiceBed.Channel,
                SessionId = "session",
                TokenSalt = "salt",
                Flags = new VoiceFlags(Deaf: true, Mute: true, SelfDeaf: false, SelfMute: true, Suppress: true),
                FlagTimes = new VoiceFlagTimes(Deaf: Moment, Suppress: Moment.AddSeconds(1)),
                Origin = "lvsp-1",
                AskedAt = Moment,
                Claim = new VoiceClaim(Guid.NewGuid(), gateway),
                EverClaimed = true,
                ExpiresAt = Moment,
            },
            Leaving = new LeavingClaim(new VoiceClaim(Guid.NewGuid(), gateway), UntilReady: true, Moment),
        };
        RoundTrip(state).ShouldBe(state);
    }

    [Fact]
    public void VoiceState_OfAPrivateCall_RoundTrips()
    {
        var state = new VoiceState
        {
            Key = VoiceBed.State(40),
            Membership = new VoiceMembership { Channel = VoiceBed.Channel with { GuildId = null }, SessionId = "s", TokenSalt = "t" },
        };
        RoundTrip(state).ShouldBe(state);
    }

    [Fact]
    public void StoredChannel_HasTheseBytes()
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(
            new StoredChannel(VoiceBed.Channel, new ChannelDefinition(64_000, "salt", null)), EntityJson.Default.StoredChannel);
        Encoding.UTF8.GetString(bytes).ShouldBe(
            """{"key":{"realm":{"name":"default"},"guild_id":"20","channel_id":"30"},"definition":{"bitrate_bps":64000,"token_salt":"salt"}}""");
        JsonSerializer.Deserialize(bytes, EntityJson.Default.StoredChannel)!.Key.ShouldBe(VoiceBed.Channel);
    }

    private static VoiceState? RoundTrip(VoiceState state) =>
        JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(state, EntityJson.Default.VoiceState), EntityJson.Default.VoiceState);
}
