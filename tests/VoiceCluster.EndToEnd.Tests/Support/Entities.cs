using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.VoiceStates;
using VoiceCluster.TestKit;

namespace VoiceCluster.EndToEnd.Tests.Support;

/// <summary>Looks at what a node keeps, where no protocol tells it. An answer comes after all that was sent to the same entity before.</summary>
internal static class Entities
{
    private static readonly Realm Realm = new("default");

    public static VoiceStateKey StateKey(this Credentials user) => new(Realm, Ids.Snowflake(user.ServerId), Ids.Snowflake(user.UserId));

    extension(EndToEndNode node)
    {
        /// <summary>A channel as it is; null when it does not exist.</summary>
        public async Task<ChannelDefinition?> ChannelAsync(string channel, string? guild = null)
        {
            var key = new ChannelKey(Realm, guild is null ? null : Ids.Snowflake(guild), Ids.Snowflake(channel));
            return (await node.Part<IEntityHost>().AskChannelAsync(new GetVoiceChannel(key), RawSocket.Limit)).Definition;
        }

        /// <summary>Where a user is; null when nowhere.</summary>
        public async Task<VoiceMembership?> MembershipAsync(Credentials user) =>
            (await node.Part<IEntityHost>().AskStateAsync(new GetVoiceState(user.StateKey()), RawSocket.Limit)).Membership;

        /// <summary>Gives a voice state a command that only the server itself gives.</summary>
        public Task CommandAsync(Credentials user, VoiceStateCommand command) =>
            node.Part<IEntityHost>().AskStateAsync(new VoiceStateRequest(user.StateKey(), command), RawSocket.Limit);

        /// <summary>Waits until the node has noticed that a voice client's socket is gone.</summary>
        public Task DetachedAsync(Credentials user) => Eventually.HoldsAsync(async () => (await node.MembershipAsync(user))?.ExpiresAt is not null);

        /// <summary>Breaks a backend's link and waits until the node has noticed.</summary>
        public async Task LoseAsync(Backend backend)
        {
            backend.Socket.Abort();
            await Eventually.HoldsAsync(async () =>
                (await node.Part<ILvspSessionStore>().FindSessionAsync(Realm, backend.SessionId, DateTimeOffset.MinValue, CancellationToken.None))
                is { ExpiresAt: not null } session && session.SessionId == backend.SessionId);
        }
    }
}
