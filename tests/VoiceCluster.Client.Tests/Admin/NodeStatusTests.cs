using System.Text.Json;
using VoiceCluster.Client.Admin;

namespace VoiceCluster.Client.Tests.Admin;

public sealed class NodeStatusTests
{
    private const string Answer =
        """
        {
          "id": "node-1", "region": "default", "version": "0", "dev": true, "ready": true, "load": 0.1, "users": 7, "conditions": [],
          "links": [
            { "peer": "node-2", "state": "connected", "waiting": 3, "round_trip_ms": 0.25 },
            { "peer": "node-3", "state": "connecting", "waiting": 0 }
          ],
          "relay": [
            { "worker": 1, "peer": "node-2#1f/0", "sent": 10, "received": 9, "lost": 2, "reordered": 1, "recovered": 4, "repeating": true,
              "send_loss_percent": 1.5, "round_trip_ms": 0.5 }
          ]
        }
        """;

    [Fact]
    public void Everything_of_the_links_is_read()
    {
        var status = NodeStatus.Parse(Answer);

        (status.Id, status.IsReady, status.Users).ShouldBe(("node-1", true, 7));
        status.Links.ShouldBe(
        [
            new NodeLinkReport("node-2", "connected", 3, TimeSpan.FromMilliseconds(0.25)), new NodeLinkReport("node-3", "connecting", 0, RoundTrip: null),
        ]);
        var relay = status.Relays.ShouldHaveSingleItem();
        relay.ShouldBe(new RelayReport(1, "node-2#1f/0")
        {
            Sent = 10,
            Received = 9,
            Lost = 2,
            Reordered = 1,
            Recovered = 4,
            IsRepeating = true,
            SendLossPercent = 1.5,
            RoundTrip = TimeSpan.FromMilliseconds(0.5),
        });
        relay.PeerNode.ShouldBe("node-2");
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"id":1,"ready":true,"users":0,"links":[],"relay":[]}""")]
    [InlineData("""{"id":"a","ready":true,"users":0,"links":{},"relay":[]}""")]
    [InlineData("""{"id":"a","ready":true,"users":0.5,"links":[],"relay":[]}""")]
    public void What_is_no_such_answer_is_told_as_that(string text) => Should.Throw<JsonException>(() => NodeStatus.Parse(text));
}
