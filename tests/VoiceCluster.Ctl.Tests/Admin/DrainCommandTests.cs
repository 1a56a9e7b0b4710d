using System.Net;
using System.Text;
using VoiceCluster.Ctl.Admin;

namespace VoiceCluster.Ctl.Tests.Admin;

public sealed class DrainCommandTests : IDisposable
{
    private readonly HttpListener _admin = new();
    private readonly List<string> _requests = [];
    private readonly Uri _url;

    public DrainCommandTests()
    {
        using (var free = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            _url = new Uri($"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/");
        }

        _admin.Prefixes.Add(_url.AbsoluteUri);
        _admin.Start();
    }

    public void Dispose() => ((IDisposable)_admin).Dispose();

    [Fact]
    public async Task Drain_watches_until_nothing_is_left()
    {
        var answers = AnswerAsync(Progress(users: 3, shards: 80), Progress(users: 1, shards: 0), Progress(users: 0, shards: 0));

        (await RunAsync($"drain node-2 --deadline 90s --admin {_url} --token secret")).ShouldBe(VoiceCtl.Success);

        await answers;
        _requests.ShouldBe(
        [
            "POST /api/nodes/node-2/drain?deadline=90s Bearer secret",
            "GET /api/nodes/node-2/drain Bearer secret",
            "GET /api/nodes/node-2/drain Bearer secret",
        ]);
    }

    [Fact]
    public async Task Drain_that_was_taken_back_ends_with_failure()
    {
        var answers = AnswerAsync(Progress(users: 3, shards: 80), Progress(users: 3, shards: 80, draining: false));
        (await RunAsync($"drain node-2 --admin {_url} --token secret")).ShouldBe(VoiceCtl.Failure);
        await answers;
    }

    [Fact]
    public async Task Detached_drain_only_begins()
    {
        var answers = AnswerAsync(Progress(users: 3, shards: 80));
        (await RunAsync($"drain node-2 --detach --admin {_url} --token secret")).ShouldBe(VoiceCtl.Success);
        await answers;
    }

    [Fact]
    public async Task Undrain_takes_it_back()
    {
        var answers = AnswerAsync(Progress(users: 3, shards: 0, draining: false));
        (await RunAsync($"undrain node-2 --admin {_url} --token secret")).ShouldBe(VoiceCtl.Success);
        await answers;
        _requests.ShouldBe(["DELETE /api/nodes/node-2/drain Bearer secret"]);
    }

    [Theory]
    [InlineData(404, """{"error":"No node named node-9 can be reached from here."}""")]
    [InlineData(401, "")]
    [InlineData(200, "nonsense")]
    public async Task What_the_node_refuses_or_says_wrongly_ends_with_failure(int status, string body)
    {
        var answers = AnswerAsync((status, body));
        (await RunAsync($"drain node-9 --admin {_url} --token secret")).ShouldBe(VoiceCtl.Failure);
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

    private static Task<int> RunAsync(string line) => VoiceCtl.Create().Parse(line).InvokeAsync();

    private async Task AnswerAsync(params (int Status, string Body)[] answers)
    {
        foreach (var (status, body) in answers)
        {
            var context = await _admin.GetContextAsync();
            _requests.Add($"{context.Request.HttpMethod} {context.Request.RawUrl} {context.Request.Headers["Authorization"]}");
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json";
            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
            context.Response.Close();
        }
    }
}
