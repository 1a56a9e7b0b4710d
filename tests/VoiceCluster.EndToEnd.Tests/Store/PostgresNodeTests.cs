using System.Net;
using VoiceCluster.Client.Postgres;
using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.TestKit;

namespace VoiceCluster.EndToEnd.Tests.Store;

/// <summary>A node whose memory is a database.</summary>
public sealed class PostgresNodeTests
{
    [PostgresFact]
    public async Task A_node_that_was_killed_starts_again_and_its_backends_resume_with_exactly_the_rest()
    {
        var settings = await SettingsAsync();
        var told = new List<string>();
        string token;
        await using (var node = await SeparateNode.StartAsync(settings))
        {
            var first = await Backend.OpenAsync(node.Lvsp);
            await first.IdentifyAsync();
            token = first.Token;
            for (var number = 0; number < 4; number++)
            {
                await first.InfoAsync(LvspForm.Litecord, 0, $$"""{"channel_id":"{{Ids.Next()}}"}""");
                told.Add((await first.Socket.NextAsync()).GetRawText());
            }

            await node.KillAsync();
            await first.DisposeAsync();
        }

        await using var again = await SeparateNode.StartAsync(settings);
        await using var second = await Backend.OpenAsync(again.Lvsp);
        await second.Socket.SendAsync(2, $$"""{"token":"{{token}}","seq":1}""");

        foreach (var expected in told[1..])
        {
            (await second.Socket.NextAsync()).GetRawText().ShouldBe(expected);
        }

        var ready = await second.Socket.NextAsync();
        ready.Op().ShouldBe(3);
        ready.GetProperty("d").GetProperty("resumed").GetBoolean().ShouldBeTrue();
        second.Sequence = 4;
        await second.SettleAsync();
    }

    [PostgresFact]
    public async Task What_was_joined_before_a_node_was_killed_is_answered_the_same_after()
    {
        var settings = await SettingsAsync();
        var (user, channel, guild) = (Ids.Next(), Ids.Next(), Ids.Next());
        Credentials before;
        await using (var node = await SeparateNode.StartAsync(settings))
        {
            var backend = await Backend.OpenAsync(node.Lvsp);
            await backend.IdentifyAsync();
            await backend.RequestChannelAsync(LvspForm.Litecord, channel, guild);
            before = await backend.JoinAsync(LvspForm.Litecord, user, channel, guild);
            await node.KillAsync();
            await backend.DisposeAsync();
        }

        await using var again = await SeparateNode.StartAsync(settings);
        await using var next = await Backend.OpenAsync(again.Lvsp);
        await next.IdentifyAsync();

        // Its ports are others, and so is where users connect.
        (await next.JoinAsync(LvspForm.Litecord, user, channel, guild) with { Endpoint = before.Endpoint }).ShouldBe(before);
    }

    [PostgresFact]
    public async Task A_second_process_with_the_name_of_a_living_node_does_not_start()
    {
        var settings = await SettingsAsync();
        await using var node = await SeparateNode.StartAsync(settings);

        var said = await SeparateNode.FailAsync(settings);

        said.ShouldContain("voice-1");
        said.ShouldContain("Node:Id");
    }

    [PostgresFact]
    public async Task The_start_report_names_the_database_and_no_secret()
    {
        var settings = await SettingsAsync();
        settings["Cluster:Postgres:ConnectionString"] += ";Password=very-hidden";

        await using var node = await SeparateNode.StartAsync(settings);

        node.Output.ShouldContain("PostgreSQL at ");
        node.Output.ShouldNotContain("very-hidden");
        node.Output.ShouldNotContain(settings["Cluster:Secret"]);
    }

    [PostgresFact]
    public async Task A_database_that_cannot_be_used_stops_the_start_with_the_fix()
    {
        var settings = await SettingsAsync();
        settings["Cluster:Postgres:ConnectionString"] += "_missing";

        var said = await SeparateNode.FailAsync(settings);

        said.ShouldContain("does not exist");
        said.ShouldContain("Fix:");
        said.ShouldContain("Cluster:Postgres:ConnectionString");
    }

    [PostgresFact]
    public async Task A_node_without_its_database_lives_but_is_not_ready_and_comes_back_by_itself()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var node = await EndToEndNode.StartAsync(
            "--Cluster:Store=Postgres",
            $"--Cluster:Postgres:ConnectionString={await server.CreateDatabaseAsync()}",
            "--Cluster:Secret=of-this-test");
        await using var backend = await Backend.ConnectAsync(node);
        await WaitForAsync(node, "readyz", HttpStatusCode.OK);

        await server.StopAsync();
        await WaitForAsync(node, "readyz", HttpStatusCode.ServiceUnavailable);
        await WaitForAsync(node, "healthz", HttpStatusCode.OK);
        await backend.BeatAsync("""{"s":0}""");

        await server.RestartAsync();
        await WaitForAsync(node, "readyz", HttpStatusCode.OK);
        await backend.SettleAsync();
    }

    [PostgresFact]
    public async Task A_backend_is_answered_while_the_database_is_away_and_resumes_later_with_what_it_was_told()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var node = await EndToEndNode.StartAsync(
            "--Cluster:Store=Postgres",
            $"--Cluster:Postgres:ConnectionString={await server.CreateDatabaseAsync()}",
            "--Cluster:Secret=of-this-test");
        await using var first = await Backend.ConnectAsync(node);
        await first.SettleAsync();

        await server.StopAsync();
        await first.InfoAsync(LvspForm.Litecord, 0, $$"""{"channel_id":"{{Ids.Next()}}"}""");
        var refusal = await first.Socket.NextAsync();
        refusal.GetProperty("s").GetInt64().ShouldBe(2);
        await first.BeatAsync("""{"s":1}""");
        await using (var late = await Backend.OpenAsync(node))
        {
            await late.Socket.SendAsync(1, $$"""{"token":"{{Backend.TokenFor(late.Nonce)}}"}""");
            (await late.Socket.EndAsync()).ShouldBe(new SocketEnd(4000, "unavailable"));
        }

        await server.RestartAsync();
        await WaitForAsync(node, "readyz", HttpStatusCode.OK);
        first.Sequence = 2;
        await first.SettleAsync();
        await using var second = await Backend.OpenAsync(node);
        await second.Socket.SendAsync(2, $$"""{"token":"{{first.Token}}","seq":1}""");
        (await second.Socket.NextAsync()).GetRawText().ShouldBe(refusal.GetRawText());
        (await second.Socket.NextAsync()).GetProperty("s").GetInt64().ShouldBe(3);
        (await second.Socket.NextAsync()).Op().ShouldBe(3);
    }

    private static async Task<Dictionary<string, string>> SettingsAsync() => new()
    {
        ["Node:Id"] = "voice-1",
        ["Cluster:Store"] = "Postgres",
        ["Cluster:Postgres:ConnectionString"] = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync(),
        ["Cluster:Secret"] = "the-secret-of-this-cluster",
    };

    private static async Task WaitForAsync(EndToEndNode node, string path, HttpStatusCode expected)
    {
        using var client = new HttpClient();
        await Eventually.HoldsAsync(async () => (await client.GetAsync(new Uri(node.Http, path))).StatusCode == expected);
    }
}
