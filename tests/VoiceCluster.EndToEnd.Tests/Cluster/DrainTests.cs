using System.Text.Json;
using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.TestKit;

namespace VoiceCluster.EndToEnd.Tests.Cluster;

/// <summary>A node is emptied while people talk on it.</summary>
public sealed class DrainTests : TrioTests
{
    [PostgresFact]
    public async Task A_node_that_is_emptied_moves_its_shards_and_users_and_serves_again_when_that_is_taken_back()
    {
        var (call, drained) = await CallAsync();
        await using var owned = call;
        var other = Trio.Beside(drained);

        await Trio.AskDrainAsync(other, HttpMethod.Post, drained, "?deadline=10m");

        foreach (var _ in call.Users.ToArray())
        {
            await call.FollowAsync(Trio);
        }

        // Whoever has come to the new place is closed at the old one, and not before.
        foreach (var before in call.Left)
        {
            (await before.EndAsync()).Code.ShouldBe((int)VoiceCloseCode.Disconnected);
        }

        await call.Callers[0].SpeakToAsync(call.Callers[1]);
        await call.Callers[1].SpeakToAsync(call.Callers[0]);
        await Eventually.HoldsAsync(async () => await Trio.AskDrainAsync(other, HttpMethod.Get, drained) is var progress
            && progress.GetProperty("users").GetInt32() == 0
            && progress.GetProperty("shards").GetInt32() == 0
            && progress.GetProperty("moved").GetInt32() == call.Users.Count);
        (await Trio.ReadinessAsync(drained)).ShouldBe(503);
        var late = await call.Backend.JoinAsync(LvspForm.Litecord, Ids.Next(), Ids.Next(), Ids.Next(), assigned: true);
        late.Endpoint.ShouldNotBe(Trio.EndpointOf(drained));

        (await Trio.AskDrainAsync(drained, HttpMethod.Delete, drained)).GetProperty("draining").GetBoolean().ShouldBeFalse();
        (await Trio.ReadinessAsync(drained)).ShouldBe(200);
        await Eventually.HoldsAsync(() => Trio.ShardsOf(drained) > 0);
    }

    [PostgresFact]
    public async Task Who_cannot_be_moved_is_kept_and_stays_when_the_drain_is_taken_back()
    {
        var (call, drained) = await CallAsync();
        await using var owned = call;

        await Trio.AskDrainAsync(drained, HttpMethod.Post, drained, "?deadline=10m");

        // The backend is told, and tells nobody.
        foreach (var _ in call.Users.ToArray())
        {
            await call.Backend.TakeAsync(LvspForm.Litecord, 4);
        }

        await call.Callers[0].SpeakToAsync(call.Callers[1]);
        await Trio.AskDrainAsync(drained, HttpMethod.Delete, drained);
        await call.Callers[0].SpeakToAsync(call.Callers[1]);

        // They are where they were: a repeated join names that place, and a leave reaches the socket there.
        await Eventually.HoldsAsync(async () => (await call.RejoinAsync(0)).Endpoint == Trio.EndpointOf(drained));
        await call.Backend.LeaveAsync(LvspForm.Litecord, call.Users[0]);
        (await call.Callers[0].EndAsync()).Code.ShouldBe((int)VoiceCloseCode.Disconnected);
    }

    [PostgresFact]
    public async Task Who_has_not_gone_by_the_deadline_is_closed_so_that_he_comes_back_elsewhere()
    {
        var (call, drained) = await CallAsync();
        await using var owned = call;

        await Trio.AskDrainAsync(drained, HttpMethod.Post, drained, "?deadline=0s");

        foreach (var caller in call.Callers)
        {
            (await caller.EndAsync()).Code.ShouldBe((int)VoiceCloseCode.VoiceServerCrashed);
        }
    }

    [PostgresFact]
    public async Task A_node_that_is_told_to_stop_moves_its_users_first()
    {
        var (call, drained) = await CallAsync();
        await using var owned = call;

        var stopping = drained.Host.StopAsync(CancellationToken.None);
        foreach (var _ in call.Users.ToArray())
        {
            await call.FollowAsync(Trio);
        }

        await call.Callers[0].SpeakToAsync(call.Callers[1]);
        await stopping;
        await call.Callers[1].SpeakToAsync(call.Callers[0]);
        foreach (var before in call.Left)
        {
            (await before.EndAsync()).Code.ShouldBe((int)VoiceCloseCode.Disconnected);
        }
    }

    /// <summary>Two users in a channel, on the node that they were sent to; the backend is on another.</summary>
    private async Task<(MovedCall Call, EndToEndNode Node)> CallAsync()
    {
        var (channel, guild) = (Ids.Next(), Ids.Next());
        var backend = await Backend.ConnectAsync(Nodes[0]);
        var first = await backend.JoinAsync(LvspForm.Litecord, Ids.Next(), channel, guild, assigned: true);
        var node = Trio.At(first.Endpoint);
        if (node == Nodes[0])
        {
            await backend.DisposeAsync();
            backend = await Backend.ConnectAsync(Nodes[1]);
            first = await backend.JoinAsync(LvspForm.Litecord, first.UserId, channel, guild);
        }

        var second = await backend.JoinAsync(LvspForm.Litecord, Ids.Next(), channel, guild);
        second.Endpoint.ShouldBe(first.Endpoint);
        var call = new MovedCall(backend, [first, second], [await Caller.ConnectAsync(node, first), await Caller.ConnectAsync(node, second)]);
        await call.Callers[0].SpeakToAsync(call.Callers[1]);
        return (call, node);
    }

    /// <summary>A call whose backend tells its users where to go.</summary>
    private sealed class MovedCall(Backend backend, List<Credentials> users, List<Caller> callers) : IAsyncDisposable
    {
        public Backend Backend => backend;

        public List<Credentials> Users => users;

        /// <summary>Where each user is now.</summary>
        public List<Caller> Callers => callers;

        /// <summary>The connections that were given up.</summary>
        public List<Caller> Left { get; } = [];

        /// <summary>Takes one move and lets its user follow: he connects to the new place before he is gone from the old one.</summary>
        public async Task FollowAsync(Trio trio)
        {
            var done = await backend.TakeAsync(LvspForm.Litecord, 4);
            var index = users.FindIndex(user => user.UserId == done.Text("user_id"));
            var moved = users[index] with { Token = done.Text("token"), Endpoint = done.Text("endpoint") };
            done.Text("session_id").ShouldBe(users[index].SessionId);
            moved.Token.ShouldNotBe(users[index].Token);
            moved.Endpoint.ShouldNotBe(users[index].Endpoint);
            users[index] = moved;
            Left.Add(callers[index]);
            callers[index] = await Caller.ConnectAsync(trio.At(moved.Endpoint), moved);
        }

        public Task<Credentials> RejoinAsync(int user) => backend.JoinAsync(LvspForm.Litecord, users[user].UserId, users[user].ChannelId, users[user].GuildId);

        public async ValueTask DisposeAsync()
        {
            foreach (var caller in callers.Concat(Left))
            {
                await caller.DisposeAsync();
            }

            await backend.DisposeAsync();
        }
    }
}
