using System.Text.Json;
using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.TestKit.Sockets;

namespace VoiceCluster.EndToEnd.Tests.Cluster;

/// <summary>A client comes back to another node than the one with its session, as a load balancer leads it.</summary>
public sealed class SpliceTests() : TrioTests("--Voice:PublicEndpoint=voice.test:443", "--Cluster:DrainDeadline=0s")
{
    [PostgresTheory]
    [InlineData(8)]
    [InlineData(9)]
    public async Task A_client_that_resumes_on_any_other_node_is_told_exactly_what_it_missed(int version)
    {
        await using var scene = await Scene.SetAsync(Nodes[0]);
        var user = await scene.AddAsync();
        var peer = await VoicePeer.JoinAsync(Nodes[0], user, version);
        foreach (var other in new[] { Nodes[1], Nodes[2], Nodes[0], Nodes[2] })
        {
            var seen = peer.Sequence;
            var told = await scene.MakeEventsAsync(peer);
            await peer.DropAsync(Nodes[0], user);
            var missed = await scene.AddAsync();
            await using var late = await VoicePeer.JoinAsync(Nodes[1], missed);

            peer = await VoicePeer.OpenAsync(other, version);
            await peer.SendResumeAsync(user, $"{seen}");

            (await peer.TakeAsync(9)).ValueKind.ShouldBe(JsonValueKind.Null);
            foreach (var expected in told)
            {
                (await peer.NextAsync()).GetRawText().ShouldBe(expected.GetRawText());
            }

            (await peer.TakeAsync(11)).GetProperty("user_ids")[0].GetString().ShouldBe(missed.UserId);
            (await peer.BeatAsync()).ShouldBeEmpty();
            await scene.LeaveAsync(missed);
            (await peer.TakeAsync(13)).Text("user_id").ShouldBe(missed.UserId);
            peer.Sequence.ShouldBe(seen + told.Count + 2);
        }

        await ShouldHaveSessionAsync(user, Nodes[0]);
        await peer.DisposeAsync();
    }

    [PostgresFact]
    public async Task Below_version_8_a_client_that_resumes_on_another_node_is_told_what_is_different_now()
    {
        await using var scene = await Scene.SetAsync(Nodes[0]);
        var user = await scene.AddAsync();
        await using var first = await VoicePeer.JoinAsync(Nodes[0], user, version: 4);
        await first.DropAsync(Nodes[0], user);
        var come = await scene.AddAsync();
        await using var coming = await VoicePeer.JoinAsync(Nodes[2], come);

        await using var second = await VoicePeer.OpenAsync(Nodes[1], version: 4);
        await second.SendResumeAsync(user, acknowledged: null);

        await second.TakeAsync(9);
        (await second.UntilAsync(11)).GetProperty("user_ids")[0].GetString().ShouldBe(come.UserId);
    }

    [PostgresFact]
    public async Task Media_goes_on_while_a_client_resumes_on_other_nodes_and_after()
    {
        var node = Nodes[0];
        await using var balancer = new TcpForwarder(() => node.Host.Listeners.Http!.Port);
        await using var scene = await Scene.SetAsync(Nodes[0]);
        var user = await scene.AddAsync();
        await using var one = await Caller.ConnectAsync(new Uri($"ws://127.0.0.1:{balancer.Port}/"), Nodes[0], user);
        await using var other = await Caller.ConnectAsync(Nodes[1], await scene.AddAsync());
        foreach (var next in new[] { Nodes[1], Nodes[2] })
        {
            node = next;
            await one.Client.DropAsync();
            await one.SpeakToAsync(other);
            await other.SpeakToAsync(one);

            await one.Client.ResumeAsync();

            await one.SpeakToAsync(other);
            await other.SpeakToAsync(one);
            await one.Client.SpeakAsync(SpeakingFlags.Voice);
            await other.UntilEventAsync<SpeakingEvent>(speaking => speaking.Ssrc == one.Client.Ready!.Ssrc);
        }

        await ShouldHaveSessionAsync(user, Nodes[0]);
    }

    [PostgresFact]
    public async Task A_session_that_was_lost_before_its_description_is_described_over_another_node()
    {
        await using var scene = await Scene.SetAsync(Nodes[0]);
        var user = await scene.AddAsync();
        await using var first = await VoicePeer.IdentifyAsync(Nodes[0], user);
        await first.DropAsync(Nodes[0], user);

        await using var second = await VoicePeer.OpenAsync(Nodes[1]);
        await second.SendResumeAsync(user, "-1");
        await second.TakeAsync(9);

        await second.SelectAsync("aead_aes256_gcm_rtpsize");
    }

    [PostgresFact]
    public async Task What_a_client_says_right_behind_its_resume_is_heard()
    {
        await using var scene = await Scene.SetAsync(Nodes[0]);
        await using var watcher = await VoicePeer.JoinAsync(Nodes[0], await scene.AddAsync());
        var user = await scene.AddAsync();
        await using var first = await VoicePeer.JoinAsync(Nodes[0], user);
        await first.DropAsync(Nodes[0], user);

        await using var second = await VoicePeer.OpenAsync(Nodes[1]);
        await second.SendResumeAsync(user, $"{first.Sequence}");
        await second.Socket.SendAsync(5, """{"speaking":1}""");
        await second.Socket.SendAsync(16, "{}");

        (await watcher.UntilAsync(5)).Text("user_id").ShouldBe(user.UserId);
        await second.TakeAsync(9);
        await second.TakeAsync(16);
    }

    [PostgresTheory]
    [InlineData("binary", 4020)]
    [InlineData("identify", 4005)]
    [InlineData("bad opcode", 4001)]
    [InlineData("left", 4014)]
    [InlineData("destroyed", 4022)]
    [InlineData("resumed elsewhere", 4006)]
    public async Task A_spliced_client_is_closed_with_the_codes_of_its_session(string why, int code)
    {
        await using var scene = await Scene.SetAsync(Nodes[0]);
        var user = await scene.AddAsync();
        await using var peer = await ResumedAsync(user, Nodes[1]);
        await using var third = await VoicePeer.OpenAsync(Nodes[2]);
        await (why switch
        {
            "binary" => peer.Socket.SendBinaryAsync(26, 1, 2, 3),
            "identify" => peer.SendIdentifyAsync(user),
            "bad opcode" => peer.Socket.SendAsync(99, "{}"),
            "left" => scene.LeaveAsync(user),
            "destroyed" => scene.DestroyAsync(),
            _ => third.SendResumeAsync(user, $"{peer.Sequence}"),
        });

        (await peer.Socket.EndAsync()).Code.ShouldBe(code);
    }

    [PostgresFact]
    public async Task Who_closes_with_1000_over_another_node_has_left()
    {
        await using var scene = await Scene.SetAsync(Nodes[0]);
        await using var watcher = await VoicePeer.JoinAsync(Nodes[0], await scene.AddAsync());
        var user = await scene.AddAsync();
        await using var peer = await ResumedAsync(user, Nodes[1]);

        await peer.Socket.CloseAsync();

        (await watcher.UntilAsync(13)).Text("user_id").ShouldBe(user.UserId);
    }

    [PostgresTheory]
    [InlineData("unknown session")]
    [InlineData("wrong token")]
    [InlineData("number never sent")]
    public async Task What_cannot_be_resumed_cannot_be_resumed_on_another_node(string problem)
    {
        await using var scene = await Scene.SetAsync(Nodes[0]);
        var user = await scene.AddAsync();
        await using var first = await VoicePeer.JoinAsync(Nodes[0], user);
        var asked = problem switch
        {
            "unknown session" => user with { SessionId = new string('x', 32) },
            "wrong token" => user with { Token = new string('x', 64) },
            _ => user,
        };

        await using var second = await VoicePeer.OpenAsync(Nodes[1]);
        await second.SendResumeAsync(asked, problem == "number never sent" ? $"{first.Sequence + 1}" : $"{first.Sequence}");

        (await second.Socket.EndAsync()).Code.ShouldBe(4006);
    }

    [PostgresFact]
    public async Task Who_identifies_again_over_the_shared_address_stays_on_the_node_of_the_session()
    {
        await using var scene = await Scene.SetAsync(Nodes[0]);
        var user = await scene.AddAsync();
        await using var first = await VoicePeer.JoinAsync(Nodes[0], user);

        await using var second = await VoicePeer.JoinAsync(Nodes[1], user);

        (await first.Socket.EndAsync()).Code.ShouldBe(4006);
        PortOf(second).ShouldBe(PortOf(first));
        await ShouldHaveSessionAsync(user, Nodes[0]);
        (await second.BeatAsync()).ShouldBeEmpty();
    }

    [PostgresFact]
    public async Task A_node_that_is_emptied_sends_spliced_clients_away_and_they_resume_by_another()
    {
        await using var scene = await Scene.SetAsync(Nodes[0]);
        var user = await scene.AddAsync();
        await using var peer = await ResumedAsync(user, Nodes[1]);

        await Trio.AskDrainAsync(Nodes[0], HttpMethod.Post, Nodes[1], "?deadline=10m");

        (await peer.Socket.EndAsync()).Code.ShouldBe(4015);
        await using var again = await VoicePeer.OpenAsync(Nodes[2]);
        await again.SendResumeAsync(user, $"{peer.Sequence}");
        await again.TakeAsync(9);
    }

    [PostgresFact]
    public async Task A_node_that_stops_sends_away_the_clients_of_its_sessions_and_those_of_others()
    {
        await using var scene = await Scene.SetAsync(Nodes[0]);
        var (here, there) = (await scene.AddAsync(), await scene.AddAsync());
        await using var forwarded = await ResumedAsync(there, Nodes[2], session: Nodes[1]);
        await using var held = await ResumedAsync(here, Nodes[1], session: Nodes[2]);

        var stopping = Nodes[2].Host.StopAsync(CancellationToken.None);

        (await forwarded.Socket.EndAsync()).Code.ShouldBe(4015);
        (await held.Socket.EndAsync()).Code.ShouldBe(4015);
        await stopping;
        await using var again = await VoicePeer.OpenAsync(Nodes[0]);
        await again.SendResumeAsync(there, $"{forwarded.Sequence}");
        await again.TakeAsync(9);
    }

    private static int PortOf(VoicePeer peer) => peer.Ready.GetProperty("port").GetInt32();

    private async Task ShouldHaveSessionAsync(Credentials user, EndToEndNode node) =>
        (await Nodes[2].MembershipAsync(user))!.Claim!.Gateway.Node.ShouldBe(Trio.IdOf(node));

    /// <summary>A user whose session is on one node and whose socket, after a resume, on another.</summary>
    private async Task<VoicePeer> ResumedAsync(Credentials user, EndToEndNode node, EndToEndNode? session = null)
    {
        await using var first = await VoicePeer.JoinAsync(session ?? Nodes[0], user);
        await first.DropAsync(Nodes[0], user);
        var peer = await VoicePeer.OpenAsync(node);
        await peer.SendResumeAsync(user, $"{first.Sequence}");
        await peer.TakeAsync(9);
        return peer;
    }
}
