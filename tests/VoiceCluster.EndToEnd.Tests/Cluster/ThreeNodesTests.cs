using System.Net;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Domain.Identities;
using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.Gateways.NodeLinks;
using VoiceCluster.Media;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.TestKit;

namespace VoiceCluster.EndToEnd.Tests.Cluster;

/// <summary>Three nodes on one database.</summary>
public sealed class ThreeNodesTests : TrioTests
{
    [PostgresFact]
    public async Task A_guilds_requests_have_one_effect_whichever_node_takes_them()
    {
        var backends = await Task.WhenAll(Nodes.Select(node => Backend.ConnectAsync(node)));
        for (var i = 0; i < 24; i++)
        {
            var (user, channel, guild) = (Ids.Next(), Ids.Next(), Ids.Next());
            await backends[i % 3].RequestChannelAsync(LvspForm.Litecord, channel, guild);
            var joined = await backends[(i + 1) % 3].JoinAsync(LvspForm.Litecord, user, channel, guild);
            (await backends[(i + 2) % 3].JoinAsync(LvspForm.Litecord, user, channel, guild)).ShouldBe(joined);
        }

        Nodes.ShouldAllBe(node => node.Part<NodeLinkTransport>().Links.Count(link => link.IsConnected) == 2);
        foreach (var backend in backends)
        {
            await backend.DisposeAsync();
        }
    }

    [PostgresFact]
    public async Task Every_nodes_admin_port_names_the_same_owner_of_a_guild()
    {
        await using var scene = await Scene.SetAsync(Nodes[0]);
        await using var caller = await Caller.ConnectAsync(Nodes[1], await scene.AddAsync());

        var answers = await Task.WhenAll(Nodes.Select(node => Trio.AskAsync(node, HttpMethod.Get, $"api/owners/default/{scene.Guild}")));

        var shard = ShardId.Of(new Realm("default"), Ids.Snowflake(scene.Guild!));
        var owner = Nodes.Single(node => node.Part<EntityHost>().GetOwnedShards().Contains(shard));
        answers.ShouldAllBe(answer => answer.GetProperty("shard").GetInt32() == shard.Value && answer.Text("owner") == Trio.IdOf(owner).Value);
        (await Should.ThrowAsync<HttpRequestException>(() => Trio.AskAsync(Nodes[0], HttpMethod.Get, "api/owners/default/0")))
            .StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [PostgresFact]
    public async Task A_channels_users_are_sent_to_the_node_where_it_is()
    {
        var backends = await Task.WhenAll(Nodes.Select(node => Backend.ConnectAsync(node)));
        for (var i = 0; i < 6; i++)
        {
            var (channel, guild) = (Ids.Next(), Ids.Next());
            var first = await backends[i % 3].JoinAsync(LvspForm.Litecord, Ids.Next(), channel, guild, assigned: true);
            var second = await backends[(i + 1) % 3].JoinAsync(LvspForm.Litecord, Ids.Next(), channel, guild);
            second.Endpoint.ShouldBe(first.Endpoint);

            // A client may connect where it likes, or where a shared address leads it: those who come later follow.
            var elsewhere = Nodes.First(node => Trio.EndpointOf(node) != first.Endpoint);
            await using var caller = await VoicePeer.IdentifyAsync(elsewhere, first);
            await backends[i % 3].LeaveAsync(LvspForm.Litecord, second);
            var third = await backends[i % 3].JoinAsync(LvspForm.Litecord, Ids.Next(), channel, guild);
            third.Endpoint.ShouldBe(Trio.EndpointOf(elsewhere));
        }

        foreach (var backend in backends)
        {
            await backend.DisposeAsync();
        }
    }

    [PostgresFact]
    public async Task Who_identifies_again_at_a_node_with_an_address_of_its_own_is_served_there()
    {
        await using var scene = await Scene.SetAsync(Nodes[0]);
        var user = await scene.AddAsync();
        await using var first = await VoicePeer.JoinAsync(Nodes[0], user);

        await using var second = await VoicePeer.JoinAsync(Nodes[1], user);

        (await first.Socket.EndAsync()).Code.ShouldBe((int)VoiceCloseCode.SessionNoLongerValid);
        (await Nodes[2].MembershipAsync(user))!.Node.ShouldBe(Trio.IdOf(Nodes[1]));
        await second.Socket.CloseAsync();
    }

    [PostgresFact]
    public async Task A_backend_resumes_on_another_node_with_exactly_the_rest()
    {
        var told = new List<string>();
        var first = await Backend.ConnectAsync(Nodes[0]);
        for (var number = 0; number < 4; number++)
        {
            await first.InfoAsync(LvspForm.Litecord, 0, $$"""{"channel_id":"{{Ids.Next()}}"}""");
            told.Add((await first.Socket.NextAsync()).GetRawText());
        }

        await using var second = await Backend.OpenAsync(Nodes[1]);
        await second.Socket.SendAsync(2, $$"""{"token":"{{first.Token}}","seq":1}""");
        foreach (var expected in told[1..])
        {
            (await second.Socket.NextAsync()).GetRawText().ShouldBe(expected);
        }

        (await second.Socket.NextAsync()).GetProperty("d").GetProperty("resumed").GetBoolean().ShouldBeTrue();
        await first.DisposeAsync();
        second.Sequence = 4;
        await second.SettleAsync();
    }

    [PostgresFact]
    public async Task Users_on_two_nodes_hear_each_others_exact_frames()
    {
        await using var scene = await Scene.SetAsync(Nodes[0]);
        await using var alice = await Caller.ConnectAsync(Nodes[0], await scene.AddAsync());
        await using var bob = await Caller.ConnectAsync(Nodes[1], await scene.AddAsync());

        foreach (var (speaker, listener) in new[] { (alice, bob), (bob, alice) })
        {
            // Who it is comes by another way, and may come after the first frame.
            (await speaker.SpeakToAsync(listener)).Ssrc.ShouldBe(speaker.Client.Ready!.Ssrc.Value);
            await listener.UntilEventAsync<SpeakingEvent>(speaking => speaking.Ssrc == speaker.Client.Ready!.Ssrc);
            (await speaker.SpeakToAsync(listener)).UserId.ShouldBe(speaker.Client.UserId.ToString());
        }

        Nodes[2].Part<MediaPlane>().ReadRelayLinks().SelectMany(links => links).ShouldBeEmpty();
    }

    [PostgresFact]
    public async Task A_mute_takes_effect_on_a_node_that_no_link_reaches()
    {
        await using var scene = await Scene.SetAsync(Nodes[0]);
        var shard = ShardId.Of(new Realm("default"), Ids.Snowflake(scene.Guild!));
        var cut = Nodes.Last(node => !node.Part<EntityHost>().GetOwnedShards().Contains(shard));
        var muted = await scene.AddAsync();
        await using var alice = await Caller.ConnectAsync(cut, muted);
        await using var bob = await Caller.ConnectAsync(cut, await scene.AddAsync());
        await alice.SpeakToAsync(bob);

        await cut.Part<NodeLinkTransport>().DisposeAsync();

        // Nothing more is asked of the backend's link: what is asked next may be for a shard of the node that was cut off.
        await scene.Backend.SetFlagsAsync(LvspForm.Litecord, muted, "\"mute\":true");

        await alice.FallsSilentToAsync(bob);
    }

    [PostgresFact]
    public async Task Who_resumes_where_his_session_cannot_be_asked_for_keeps_it_and_is_sent_to_come_again()
    {
        await using var scene = await Scene.SetAsync(Nodes[0]);
        var shard = ShardId.Of(new Realm("default"), Ids.Snowflake(scene.Guild!));
        var cut = Nodes.Last(node => !node.Part<EntityHost>().GetOwnedShards().Contains(shard));
        var user = await scene.AddAsync();
        await using var first = await VoicePeer.JoinAsync(cut, user);
        await first.DropAsync(Nodes[0], user);

        await cut.Part<NodeLinkTransport>().DisposeAsync();

        await using var second = await VoicePeer.OpenAsync(cut);
        await second.SendResumeAsync(user, $"{first.Sequence}");
        (await second.Socket.EndAsync()).Code.ShouldBe(4015);
    }

    [PostgresFact]
    public async Task A_node_that_no_link_reaches_is_voted_out_although_it_renews_its_row()
    {
        var cut = Nodes[2].Part<EntityHost>().Node;
        await Eventually.HoldsAsync(() => Nodes.All(node => node.Part<NodeLinkTransport>().Links.Count(link => link.IsConnected) == 2));

        await Nodes[2].Part<NodeLinkTransport>().DisposeAsync();

        await Eventually.HoldsAsync(() => Nodes[2].Part<EntityHost>().Node is var next && next.Node == cut.Node && next != cut);
    }
}
