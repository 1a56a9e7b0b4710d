using VoiceCluster.Ctl.Admin;

namespace VoiceCluster.Ctl.Tests.Admin;

public sealed class DrainCommandTests : IDisposable
{
    private readonly FakeAdmin _admin = new();

    public void Dispose() => _admin.Dispose();

    [Fact]
    public async Task Drain_watches_until_nothing_is_left()
    {
        var answers = _admin.AnswerAsync(Progress(users: 3, shards: 80), Progress(users: 1, shards: 0), Progress(users: 0, shards: 0));

        (await FakeAdmin.RunAsync($"drain node-2 --deadline 90s --admin {_admin.Url} --token secret")).ShouldBe(VoiceCtl.Success);

        await answers;
        _admin.Requests.ShouldBe(
        [
            "POST /api/nodes/node-2/drain?deadline=90s Bearer secret",
            "GET /api/nodes/node-2/drain Bearer secret",
            "GET /api/nodes/node-2/drain Bearer secret",
        ]);
    }

    [Fact]
    public async Task Drain_that_was_taken_back_ends_with_failure()
    {
        var answers = _admin.AnswerAsync(Progress(users: 3, shards: 80), Progress(users: 3, shards: 80, draining: false));
        (await FakeAdmin.RunAsync($"drain node-2 --admin {_admin.Url} --token secret")).ShouldBe(VoiceCtl.Failure);
        await answers;
    }

    [Fact]
    public async Task Detached_drain_only_begins()
    {
        var answers = _admin.AnswerAsync(Progress(users: 3, shards: 80));
        (await FakeAdmin.RunAsync($"drain node-2 --detach --admin {_admin.Url} --token secret")).ShouldBe(VoiceCtl.Success);
        await answers;
    }

    [Fact]
    public async Task Undrain_takes_it_back()
    {
        var answers = _admin.AnswerAsync(Progress(users: 3, shards: 0, draining: false));
        (await FakeAdmin.RunAsync($"undrain node-2 --admin {_admin.Url} --token secret")).ShouldBe(VoiceCtl.Success);
        await answers;
        _admin.Requests.ShouldBe(["DELETE /api/nodes/node-2/drain Bearer secret"]);
    }

    [Theory]
    [InlineData(404, """{"error":"No node named node-9 can be reached from here."}""")]
    [InlineData(401, "")]
    [InlineData(200, "nonsense")]
    public async Task What_the_node_refuses_or_says_wrongly_ends_with_failure(int status, string body)
    {
        var answers = _admin.AnswerAsync((status, body));
        (await FakeAdmin.RunAsync($"drain node-9 --admin {_admin.Url} --token secret")).ShouldBe(VoiceCtl.Failure);
        await answers;
    }

    [Fact]
    public void A_url_of_another_protocol_is_refused() =>
        VoiceCtl.Create().Parse("drain node-1 --admin ws://127.0.0.1").Errors.ShouldNotBeEmpty();

    [Fact]
    public void Progress_is_read_whole() =>
        DrainProgress.Parse(Progress(users: 3, shards: 80).Body).ShouldBe(new DrainProgress(IsDraining: true, Users: 3, Shards: 80, Moved: 7, SecondsLeft: 42.5));

    private static (int Status, string Body) Progress(int users, int shards, bool draining = true) =>
        (200, $$"""{"draining":{{(draining ? "true" : "false")}},"users":{{users}},"shards":{{shards}},"moved":7,"seconds_left":42.5}""");
}
