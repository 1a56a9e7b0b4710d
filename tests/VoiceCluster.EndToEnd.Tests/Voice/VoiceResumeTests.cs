using System.Text.Json;
using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.TestKit;

namespace VoiceCluster.EndToEnd.Tests.Voice;

/// <summary>Going on with a voice session over another socket.</summary>
public sealed class VoiceResumeTests
{
    [Fact]
    public async Task Client_that_lost_its_socket_right_after_the_session_description_hears_once_it_has_resumed()
    {
        var media = new ForgetfulMediaPlane();
        await using var node = await EndToEndNode.StartAsync(new EndToEndSetup { Services = media.Decorate });
        await using var scene = await Scene.SetAsync(node);
        var user = await scene.AddAsync();
        await using var first = await VoicePeer.JoinAsync(node, user);
        first.Socket.Abort();
        await node.DetachedAsync(user);
        media.ForgottenKey.ShouldBe(1);

        await using var second = await VoicePeer.OpenAsync(node);
        await second.SendResumeAsync(user, $"{first.Sequence}");
        await second.TakeAsync(9);
        await second.BeatAsync();

        media.EnabledKey.ShouldBe(1);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(9)]
    public async Task Resume_replays_what_was_missed_unchanged_after_opcode_9(int version)
    {
        await using var scene = await Scene.SetAsync();
        var user = await scene.AddAsync();
        await using var first = await VoicePeer.JoinAsync(scene.Node, user, version);
        var seen = first.Sequence;
        var told = await scene.MakeEventsAsync(first);
        first.Socket.Abort();
        await scene.Node.DetachedAsync(user);
        var missed = await scene.AddAsync();
        await using var late = await VoicePeer.JoinAsync(scene.Node, missed);

        await using var second = await VoicePeer.OpenAsync(scene.Node, version);
        second.Hello.Op().ShouldBe(8);
        await second.SendResumeAsync(user, $"{seen}");

        (await second.TakeAsync(9)).ValueKind.ShouldBe(JsonValueKind.Null);
        foreach (var expected in told)
        {
            (await second.NextAsync()).GetRawText().ShouldBe(expected.GetRawText());
        }

        var entered = await second.TakeAsync(11);
        entered.GetProperty("user_ids")[0].GetString().ShouldBe(missed.UserId);
        second.Sequence.ShouldBe(seen + told.Count + 1);
        (await second.BeatAsync()).ShouldBeEmpty();
        await scene.LeaveAsync(missed);
        (await second.TakeAsync(13)).Text("user_id").ShouldBe(missed.UserId);
    }

    [Fact]
    public async Task Resume_from_the_end_replays_nothing()
    {
        await using var scene = await Scene.SetAsync();
        var user = await scene.AddAsync();
        await using var first = await VoicePeer.JoinAsync(scene.Node, user);
        await scene.MakeEventsAsync(first);
        first.Socket.Abort();

        await using var second = await VoicePeer.OpenAsync(scene.Node);
        await second.SendResumeAsync(user, $"{first.Sequence}");

        await second.TakeAsync(9);
        (await second.BeatAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(7)]
    public async Task Resume_below_version_8_tells_what_is_different_now(int version)
    {
        await using var scene = await Scene.SetAsync();
        var (user, stayed, gone) = (await scene.AddAsync(), await scene.AddAsync(), await scene.AddAsync());
        await using var staying = await VoicePeer.JoinAsync(scene.Node, stayed);
        await using var going = await VoicePeer.JoinAsync(scene.Node, gone);
        await staying.Socket.SendAsync(5, """{"speaking":1}""");
        await going.UntilAsync(5);
        await using var first = await VoicePeer.JoinAsync(scene.Node, user, version);
        await first.UntilAsync(5);
        first.Socket.Abort();
        await scene.Node.DetachedAsync(user);
        await scene.LeaveAsync(gone);
        var come = await scene.AddAsync();
        await using var coming = await VoicePeer.JoinAsync(scene.Node, come);
        await coming.Socket.SendAsync(5, """{"speaking":4}""");
        await staying.UntilAsync(5);

        await using var second = await VoicePeer.OpenAsync(scene.Node, version);
        await second.SendResumeAsync(user, null);

        await second.TakeAsync(9);
        var state = await second.BeatAsync();
        Users(state, 13).ShouldBe([gone.UserId]);
        state.Single(message => message.Op() == 11).GetProperty("d").GetProperty("user_ids").EnumerateArray().ShouldHaveSingleItem()
            .GetString().ShouldBe(come.UserId);
        Users(state, 5).ShouldBe([stayed.UserId, come.UserId], ignoreOrder: true);
        state.ShouldAllBe(message => !message.Names().Contains("seq"));
        await scene.LeaveAsync(come);
        (await second.TakeAsync(13)).Text("user_id").ShouldBe(come.UserId);
    }

    [Fact]
    public async Task Resume_while_the_old_socket_hangs_on_closes_that_with_4006()
    {
        await using var scene = await Scene.SetAsync();
        var user = await scene.AddAsync();
        await using var first = await VoicePeer.JoinAsync(scene.Node, user);

        await using var second = await VoicePeer.OpenAsync(scene.Node);
        await second.SendResumeAsync(user, $"{first.Sequence}");

        await second.TakeAsync(9);
        (await first.Socket.EndAsync()).Code.ShouldBe(4006);
        (await second.BeatAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Resume_before_the_session_description_goes_on_to_it()
    {
        await using var scene = await Scene.SetAsync();
        var user = await scene.AddAsync();
        await using var first = await VoicePeer.IdentifyAsync(scene.Node, user);
        first.Socket.Abort();
        await scene.Node.DetachedAsync(user);

        await using var second = await VoicePeer.OpenAsync(scene.Node);
        await second.SendResumeAsync(user, "-1");
        await second.TakeAsync(9);

        await second.SelectAsync("aead_aes256_gcm_rtpsize");
    }

    [Theory]
    [InlineData("unknown session")]
    [InlineData("wrong token")]
    [InlineData("another server")]
    [InlineData("number never sent")]
    [InlineData("older form")]
    public async Task Resume_that_cannot_be_is_4006(string problem)
    {
        await using var scene = await Scene.SetAsync();
        var user = await scene.AddAsync();
        await using var first = await VoicePeer.JoinAsync(scene.Node, user);
        var asked = problem switch
        {
            "unknown session" => user with { SessionId = new string('x', 32) },
            "wrong token" => user with { Token = new string('x', 64) },
            "another server" => user with { GuildId = Ids.Next() },
            _ => user,
        };

        await using var second = await VoicePeer.OpenAsync(scene.Node, problem == "older form" ? 4 : 8);
        await second.SendResumeAsync(asked, problem == "number never sent" ? $"{first.Sequence + 1}" : $"{first.Sequence}");

        (await second.Socket.EndAsync()).Code.ShouldBe(4006);
    }

    [Theory]
    [InlineData("left")]
    [InlineData("moved")]
    [InlineData("closed with 1000")]
    public async Task Resume_of_a_session_that_is_over_is_4006(string how)
    {
        await using var scene = await Scene.SetAsync();
        var user = await scene.AddAsync();
        await using var watcher = await VoicePeer.JoinAsync(scene.Node, await scene.AddAsync());
        await using var first = await VoicePeer.JoinAsync(scene.Node, user);
        if (how == "closed with 1000")
        {
            await first.Socket.CloseAsync();
        }
        else
        {
            await (how == "left" ? scene.LeaveAsync(user) : scene.MoveAsync(user, Ids.Next()));
        }

        (await watcher.UntilAsync(13)).Text("user_id").ShouldBe(user.UserId);
        await using var second = await VoicePeer.OpenAsync(scene.Node);
        await second.SendResumeAsync(user, $"{first.Sequence}");

        (await second.Socket.EndAsync()).Code.ShouldBe(4006);
    }

    [Fact]
    public async Task Identify_again_after_1000_with_the_same_token_is_taken()
    {
        await using var scene = await Scene.SetAsync();
        var user = await scene.AddAsync();
        await using var first = await VoicePeer.JoinAsync(scene.Node, user);
        await first.Socket.CloseAsync();

        await using var second = await VoicePeer.JoinAsync(scene.Node, user);
    }

    [Fact]
    public async Task Session_is_gone_for_all_when_the_resume_window_is_over()
    {
        await using var node = await EndToEndNode.StartAsync(new EndToEndSetup
        {
            Time = new ManualTimeProvider(),
            Flags = ["--Voice:ResumeWindow=15s"],
        });
        await using var scene = await Scene.SetAsync(node);
        var user = await scene.AddAsync();
        await using var watcher = await VoicePeer.JoinAsync(node, await scene.AddAsync());
        await using var first = await VoicePeer.JoinAsync(node, user);
        first.Socket.Abort();
        await node.DetachedAsync(user);
        node.Advance(TimeSpan.FromSeconds(14));
        (await watcher.BeatAsync()).Select(message => message.Op()).ShouldBe([11]);

        node.Advance(TimeSpan.FromSeconds(1));

        (await watcher.TakeAsync(13)).Text("user_id").ShouldBe(user.UserId);
        await using var second = await VoicePeer.OpenAsync(node);
        await second.SendResumeAsync(user, $"{first.Sequence}");
        (await second.Socket.EndAsync()).Code.ShouldBe(4006);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public async Task Media_goes_on_while_the_socket_is_away_and_after_it_is_back(int version)
    {
        await using var scene = await Scene.SetAsync();
        await using var one = await scene.CallAsync(version);
        await using var other = await scene.CallAsync();

        await one.Client.DropAsync();
        await one.SpeakToAsync(other);
        await other.SpeakToAsync(one);
        await one.Client.ResumeAsync();
        await one.SpeakToAsync(other);
        await other.SpeakToAsync(one);
    }

    private static IEnumerable<string> Users(IEnumerable<JsonElement> messages, int op) =>
        messages.Where(message => message.Op() == op).Select(message => message.GetProperty("d").Text("user_id"));
}
