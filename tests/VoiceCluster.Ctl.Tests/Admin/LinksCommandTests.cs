using Spectre.Console;
using VoiceCluster.Client.Admin;
using VoiceCluster.Ctl.Admin;

namespace VoiceCluster.Ctl.Tests.Admin;

public sealed class LinksCommandTests : IDisposable
{
    private readonly FakeAdmin _admin = new();

    public void Dispose() => _admin.Dispose();

    [Theory]
    [InlineData("connected", VoiceCtl.Success)]
    [InlineData("connecting", VoiceCtl.Failure)]
    [InlineData("unreachable", VoiceCtl.Failure)]
    public async Task Links_succeeds_when_every_link_stands(string state, int status)
    {
        var answers = _admin.AnswerAsync((200, Answer(state)));

        (await FakeAdmin.RunAsync($"links --admin {_admin.Url} --token secret")).ShouldBe(status);

        await answers;
        _admin.Requests.ShouldBe(["GET /api/node Bearer secret"]);
    }

    [Theory]
    [InlineData(401, "")]
    [InlineData(200, "{}")]
    [InlineData(200, "nonsense")]
    public async Task What_the_node_refuses_or_says_wrongly_ends_with_failure(int status, string body)
    {
        var answers = _admin.AnswerAsync((status, body));
        (await FakeAdmin.RunAsync($"links --admin {_admin.Url} --token secret")).ShouldBe(VoiceCtl.Failure);
        await answers;
    }

    [Fact]
    public void What_went_over_each_link_is_shown()
    {
        var text = Show(NodeStatus.Parse(Answer("connected")));

        text.ShouldContain("node-1: ready, 7 users");
        Columns(text, "node-2 ").ShouldBe(["node-2", "connected", "3", "0.250"]);
        Columns(text, "node-2#1f/0").ShouldBe(["node-2#1f/0", "0", "1010", "909", "12", "11", "14", "yes", "1.50", "0.500"]);
    }

    [Fact]
    public void A_node_alone_says_so() =>
        Show(NodeStatus.Parse("""{"id":"node-1","ready":false,"users":0,"links":[],"relay":[]}""")).ShouldContain("this node is alone");

    private static string Answer(string state) =>
        $$"""
        {
          "id": "node-1", "ready": true, "users": 7,
          "links": [{ "peer": "node-2", "state": "{{state}}", "waiting": 3, "round_trip_ms": 0.25 }],
          "relay": [{ "worker": 0, "peer": "node-2#1f/0", "sent": 1010, "received": 909, "lost": 12, "reordered": 11, "recovered": 14, "repeating": true,
            "send_loss_percent": 1.5, "round_trip_ms": 0.5 }]
        }
        """;

    private static string[] Columns(string text, string first) =>
        text.Split('\n').First(line => line.TrimStart().StartsWith(first, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string Show(NodeStatus status)
    {
        var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(text) });
        console.Profile.Width = 160;
        LinksCommand.Show(console, status);
        return text.ToString();
    }
}
