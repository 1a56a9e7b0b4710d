using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.TestKit;

namespace VoiceCluster.EndToEnd.Tests.Voice;

/// <summary>What happens to a voice connection whose user is put into another channel.</summary>
public sealed class MoveTests
{
    [Fact]
    public async Task Move_stops_media_at_once_though_the_old_socket_stays()
    {
        await using var node = await StartAsync();
        await using var scene = await Scene.SetAsync(node);
        var user = await scene.AddAsync();
        await using var mover = await Caller.ConnectAsync(node, user);
        await using var other = await scene.CallAsync();
        await mover.SpeakToAsync(other);
        await other.SpeakToAsync(mover);

        await scene.MoveAsync(user, Ids.Next());

        await mover.FallsSilentToAsync(other);
        await other.FallsSilentToAsync(mover);
        mover.Client.Ended.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Move_is_a_leave_to_those_in_the_old_channel_and_an_entry_to_those_in_the_new()
    {
        await using var scene = await Scene.SetAsync();
        var (user, stayed, elsewhere) = (await scene.AddAsync(), await scene.AddAsync(), await scene.AddAsync());
        var target = Ids.Next();
        await using var before = await VoicePeer.JoinAsync(scene.Node, user);
        await using var left = await VoicePeer.JoinAsync(scene.Node, stayed);
        await using var reached = await VoicePeer.JoinAsync(scene.Node, await scene.MoveAsync(elsewhere, target));

        var moved = await scene.MoveAsync(user, target);

        (await left.UntilAsync(13)).Text("user_id").ShouldBe(user.UserId);
        await using var after = await VoicePeer.JoinAsync(scene.Node, moved);
        (await reached.UntilAsync(11)).GetProperty("user_ids")[0].GetString().ShouldBe(user.UserId);
        (await before.Socket.EndAsync()).Code.ShouldBe(4014);
    }

    [Fact]
    public async Task Move_closes_the_old_socket_when_the_new_state_is_claimed()
    {
        await using var node = await StartAsync();
        await using var scene = await Scene.SetAsync(node);
        var user = await scene.AddAsync();
        await using var before = await VoicePeer.JoinAsync(node, user);
        var moved = await scene.MoveAsync(user, Ids.Next());
        (await before.BeatAsync()).ShouldBeEmpty();

        await using var after = await VoicePeer.IdentifyAsync(node, moved);

        (await before.Socket.EndAsync()).Code.ShouldBe(4014);
        await after.SelectAsync();
    }

    [Fact]
    public async Task Move_closes_the_old_socket_after_5_seconds_when_nobody_claims_the_new_state()
    {
        await using var node = await StartAsync();
        await using var scene = await Scene.SetAsync(node);
        var user = await scene.AddAsync();
        await using var before = await VoicePeer.JoinAsync(node, user);
        await scene.MoveAsync(user, Ids.Next());

        node.Advance(TimeSpan.FromSeconds(4.9));
        (await before.BeatAsync()).ShouldBeEmpty();
        node.Advance(TimeSpan.FromSeconds(0.1));

        (await before.Socket.EndAsync()).Code.ShouldBe(4014);
    }

    [Fact]
    public async Task Move_on_and_back_leaves_one_connection_that_works()
    {
        await using var scene = await Scene.SetAsync();
        var user = await scene.AddAsync();
        await using var other = await scene.CallAsync();
        await using var first = await Caller.ConnectAsync(scene.Node, user);
        var away = await scene.MoveAsync(user, Ids.Next());
        await using var second = await Caller.ConnectAsync(scene.Node, away);

        var back = await scene.MoveAsync(away, scene.Channel);

        new[] { user.SessionId, away.SessionId, back.SessionId }.ShouldBeUnique();
        await using var third = await Caller.ConnectAsync(scene.Node, back);
        (await first.EndAsync()).Code.ShouldBe(4014);
        (await second.EndAsync()).Code.ShouldBe(4014);
        await third.SpeakToAsync(other);
        await other.SpeakToAsync(third);
    }

    [Fact]
    public async Task Identify_with_the_credentials_from_before_a_move_is_refused()
    {
        await using var scene = await Scene.SetAsync();
        var user = await scene.AddAsync();
        await scene.MoveAsync(user, Ids.Next());
        await using var late = await VoicePeer.OpenAsync(scene.Node);

        await late.SendIdentifyAsync(user);

        (await late.Socket.EndAsync()).Code.ShouldBeOneOf(4004, 4006);
    }

    private static Task<EndToEndNode> StartAsync() => EndToEndNode.StartAsync(new EndToEndSetup { Time = new ManualTimeProvider() });
}
