using System.Text.Json;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.EndToEnd.Tests.Support;

/// <summary>A backend with one channel, to put users into.</summary>
internal sealed class Scene : IAsyncDisposable
{
    private Scene(EndToEndNode node, Backend backend, string? guild, string channel) =>
        (Node, Backend, Guild, Channel) = (node, backend, guild, channel);

    public EndToEndNode Node { get; }

    public Backend Backend { get; }

    /// <summary>Null for a private call.</summary>
    public string? Guild { get; }

    public string Channel { get; }

    public string ChannelToken { get; private set; } = string.Empty;

    /// <summary>On the node that tests share, or on one of the test's own.</summary>
    public static async Task<Scene> SetAsync(EndToEndNode? node = null, bool isPrivate = false)
    {
        node ??= await EndToEndNode.SharedAsync();
        var scene = new Scene(node, await Backend.ConnectAsync(node), isPrivate ? null : Ids.Next(), Ids.Next());
        scene.ChannelToken = await scene.Backend.RequestChannelAsync(LvspForm.Litecord, scene.Channel, scene.Guild);
        return scene;
    }

    /// <summary>A new user in the channel.</summary>
    public Task<Credentials> AddAsync() => Backend.JoinAsync(LvspForm.Litecord, Ids.Next(), Channel, Guild);

    /// <summary>A new user in the channel, with a client in the call.</summary>
    public async Task<Caller> CallAsync(int version = 8) => await Caller.ConnectAsync(Node, await AddAsync(), version);

    /// <summary>Puts a user into another channel of the guild.</summary>
    public async Task<Credentials> MoveAsync(Credentials user, string channel)
    {
        await Backend.RequestChannelAsync(LvspForm.Litecord, channel, Guild);
        return await Backend.JoinAsync(LvspForm.Litecord, user.UserId, channel, Guild);
    }

    public Task LeaveAsync(Credentials user) => Backend.LeaveAsync(LvspForm.Litecord, user);

    /// <summary>Lets somebody come, speak and go; what the peer was told of it.</summary>
    public async Task<IReadOnlyList<JsonElement>> MakeEventsAsync(VoicePeer peer)
    {
        var user = await AddAsync();
        await using var other = await VoicePeer.JoinAsync(Node, user);
        await other.Socket.SendAsync(5, """{"speaking":1}""");
        var told = new List<JsonElement> { await peer.NextAsync(), await peer.NextAsync() };
        await LeaveAsync(user);
        told.Add(await peer.NextAsync());
        told.Select(message => message.Op()).ShouldBe([11, 5, 13]);
        return told;
    }

    public Task DestroyAsync() => Backend.DestroyAsync(LvspForm.Litecord, Channel, Guild);

    /// <summary>Changes a user's booleans, which has taken effect in control afterwards.</summary>
    public async Task SetFlagsAsync(Credentials user, string flags)
    {
        await Backend.SetFlagsAsync(LvspForm.Litecord, user, flags);
        await Backend.SettleAsync();
    }

    public ValueTask DisposeAsync() => Backend.DisposeAsync();
}
