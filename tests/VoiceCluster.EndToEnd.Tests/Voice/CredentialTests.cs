using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.EndToEnd.Tests.Voice;

/// <summary>Which credentials open a voice state: section 9 of LVSP.</summary>
public sealed class CredentialTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Channel_token_opens_the_states_of_its_channel_by_default(bool isPrivate)
    {
        await using var scene = await Scene.SetAsync(isPrivate: isPrivate);
        var (one, other) = (await scene.AddAsync(), await scene.AddAsync());

        await using var first = await VoicePeer.JoinAsync(scene.Node, one with { Token = scene.ChannelToken });
        await using var second = await VoicePeer.JoinAsync(scene.Node, other with { Token = scene.ChannelToken });

        (await first.BeatAsync()).Select(message => message.Op()).ShouldBe([11]);
    }

    [Fact]
    public async Task Channel_token_does_not_open_a_state_in_another_channel_of_the_guild()
    {
        await using var scene = await Scene.SetAsync();
        var moved = await scene.MoveAsync(await scene.AddAsync(), Ids.Next());
        await using var peer = await VoicePeer.OpenAsync(scene.Node);

        await peer.SendIdentifyAsync(moved with { Token = scene.ChannelToken });

        (await peer.Socket.EndAsync()).Code.ShouldBe(4004);
    }

    [Fact]
    public async Task Channel_token_dies_with_its_channel()
    {
        await using var scene = await Scene.SetAsync();
        var user = await scene.AddAsync();
        await using (await VoicePeer.JoinAsync(scene.Node, user with { Token = scene.ChannelToken }))
        {
            await scene.DestroyAsync();
            await scene.Backend.RequestChannelAsync(LvspForm.Litecord, scene.Channel, scene.Guild);
            user = await scene.Backend.JoinAsync(LvspForm.Litecord, user.UserId, scene.Channel, scene.Guild);
        }

        await using var peer = await VoicePeer.OpenAsync(scene.Node);
        await peer.SendIdentifyAsync(user with { Token = scene.ChannelToken });

        (await peer.Socket.EndAsync()).Code.ShouldBe(4004);
    }

    [Fact]
    public async Task Channel_token_is_refused_when_only_the_users_own_is_accepted()
    {
        await using var node = await EndToEndNode.StartAsync("--Lvsp:AcceptChannelToken=false");
        await using var scene = await Scene.SetAsync(node);
        var user = await scene.AddAsync();
        await using (var peer = await VoicePeer.OpenAsync(node))
        {
            await peer.SendIdentifyAsync(user with { Token = scene.ChannelToken });
            (await peer.Socket.EndAsync()).Code.ShouldBe(4004);
        }

        await using var own = await VoicePeer.JoinAsync(node, user);
    }

    [Fact]
    public async Task Token_of_another_user_opens_nothing()
    {
        await using var scene = await Scene.SetAsync();
        var (user, thief) = (await scene.AddAsync(), await scene.AddAsync());
        await using var peer = await VoicePeer.OpenAsync(scene.Node);

        await peer.SendIdentifyAsync(user with { Token = thief.Token, SessionId = thief.SessionId });

        (await peer.Socket.EndAsync()).Code.ShouldBe(4004);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Server_may_be_named_by_its_channel_always(bool isPrivate)
    {
        await using var scene = await Scene.SetAsync(isPrivate: isPrivate);
        var user = await scene.AddAsync();

        await using var peer = await VoicePeer.JoinAsync(scene.Node, user with { GuildId = null });
    }

    [Fact]
    public async Task Private_call_carries_audio()
    {
        await using var scene = await Scene.SetAsync(isPrivate: true);
        await using var one = await scene.CallAsync();
        await using var other = await scene.CallAsync();

        await one.SpeakToAsync(other);
    }

    [Fact]
    public async Task Session_id_of_the_backend_becomes_the_states()
    {
        await using var scene = await Scene.SetAsync();
        var user = Ids.Next();
        await scene.Backend.InfoAsync(
            LvspForm.Litecord,
            4,
            $$"""{"user_id":"{{user}}","guild_id":"{{scene.Guild}}","channel_id":"{{scene.Channel}}","session_id":"the-backends-own"}""");
        var joined = await scene.Backend.TakeJoinedAsync(LvspForm.Litecord, scene.Guild);

        joined.SessionId.ShouldBe("the-backends-own");
        await using var peer = await VoicePeer.JoinAsync(scene.Node, joined);
    }

    [Fact]
    public async Task First_use_takes_any_session_id_at_first_and_holds_the_user_to_it()
    {
        await using var node = await EndToEndNode.StartAsync("--Lvsp:SessionIdCheck=first-use");
        await using var scene = await Scene.SetAsync(node);
        var user = await scene.AddAsync();
        var mine = user with { SessionId = "from-the-main-gateway" };
        await using var first = await VoicePeer.JoinAsync(node, mine);
        await using (var other = await VoicePeer.OpenAsync(node))
        {
            await other.SendIdentifyAsync(user);
            (await other.Socket.EndAsync()).Code.ShouldBe(4006);
        }

        (await first.BeatAsync()).ShouldBeEmpty();
        first.Socket.Abort();
        await using var resumed = await VoicePeer.OpenAsync(node);
        await resumed.SendResumeAsync(mine, $"{first.Sequence}");
        await resumed.TakeAsync(9);
        await using var again = await VoicePeer.JoinAsync(node, mine);
    }

    [Fact]
    public async Task Realms_know_nothing_of_each_other()
    {
        const string OtherSecret = "another-secret-of-another-site";
        await using var node = await EndToEndNode.StartAsync($"--Lvsp:Secrets:second={OtherSecret}");
        await using var scene = await Scene.SetAsync(node);
        await using var backend = await Backend.ConnectAsync(node, secret: OtherSecret);
        var user = await scene.AddAsync();
        await using var here = await Caller.ConnectAsync(node, user);

        // The same ids, in the other realm, name other things.
        (await backend.RequestChannelAsync(LvspForm.Litecord, scene.Channel, scene.Guild)).ShouldNotBe(scene.ChannelToken);
        var double1 = await backend.JoinAsync(LvspForm.Litecord, user.UserId, scene.Channel, scene.Guild);
        (double1.SessionId == user.SessionId, double1.Token == user.Token).ShouldBe((false, false));
        await using var there = await Caller.ConnectAsync(node, double1);
        await using var listener = await Caller.ConnectAsync(node, await backend.JoinAsync(LvspForm.Litecord, Ids.Next(), scene.Channel, scene.Guild));
        await there.SpeakToAsync(listener);
        (await here.PassesAsync(listener)).ShouldBeFalse();
        listener.Client.Roster.Users.Count.ShouldBe(1);

        await backend.DestroyAsync(LvspForm.Litecord, scene.Channel, scene.Guild);
        (await there.EndAsync()).Code.ShouldBe(4022);
        here.Client.Ended.IsCompleted.ShouldBeFalse();
        await scene.Backend.SettleAsync();
    }

    [Fact]
    public async Task Session_id_of_one_realm_ends_nothing_in_another()
    {
        const string OtherSecret = "another-secret-of-another-site";
        await using var node = await EndToEndNode.StartAsync($"--Lvsp:Secrets:second={OtherSecret}");
        await using var scene = await Scene.SetAsync(node);
        await using var backend = await Backend.ConnectAsync(node, secret: OtherSecret);
        var user = await scene.AddAsync();
        await using var peer = await VoicePeer.JoinAsync(node, user);

        await backend.InfoAsync(LvspForm.Litecord, 5, $$"""{"session_id":"{{user.SessionId}}"}""");
        await backend.SettleAsync();

        (await peer.BeatAsync()).ShouldBeEmpty();
        (await node.MembershipAsync(user))!.SessionId.ShouldBe(user.SessionId);
    }
}
