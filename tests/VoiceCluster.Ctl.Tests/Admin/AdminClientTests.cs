using VoiceCluster.Ctl.Admin;

namespace VoiceCluster.Ctl.Tests.Admin;

public sealed class AdminClientTests : IDisposable
{
    private const string Progress = """{"draining":false,"users":0,"shards":0,"moved":0,"seconds_left":0}""";

    private readonly FakeAdmin _admin = new();

    public void Dispose() => _admin.Dispose();

    [Fact]
    public async Task A_token_that_is_refused_is_followed_by_the_next_and_not_tried_again()
    {
        using var client = new AdminClient(_admin.Url, ["of another node", "right"]);
        var answers = _admin.AnswerAsync((401, ""), (200, Progress), (200, Progress));

        await client.UndrainAsync("node-2", CancellationToken.None);
        await client.ProgressAsync("node-2", CancellationToken.None);

        await answers;
        _admin.Requests.ShouldBe(
        [
            "DELETE /api/nodes/node-2/drain Bearer of another node", "DELETE /api/nodes/node-2/drain Bearer right",
            "GET /api/nodes/node-2/drain Bearer right",
        ]);
    }

    [Fact]
    public async Task When_the_last_token_is_refused_the_operator_is_told()
    {
        using var client = new AdminClient(_admin.Url, ["one", "two"]);
        var answers = _admin.AnswerAsync((401, ""), (401, """{"error":"Who are you?"}"""));

        var error = await Should.ThrowAsync<AdminException>(() => client.StatusAsync(CancellationToken.None));

        await answers;
        error.Message.ShouldBe("Who are you?");
    }
}
