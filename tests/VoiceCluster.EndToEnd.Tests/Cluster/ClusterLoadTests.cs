using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.LoadGen.Churn;
using VoiceCluster.LoadGen.Spans;
using Xunit.Abstractions;

namespace VoiceCluster.EndToEnd.Tests.Cluster;

/// <summary>Shortened runs of <c>loadgen churn --nodes</c> and <c>loadgen span</c>: clusters of processes. Only counts are judged; times and memory are this machine's.</summary>
public sealed class ClusterLoadTests(ITestOutputHelper output)
{
    private static readonly string Node = Path.Combine(AppContext.BaseDirectory, "VoiceCluster.Node.dll");

    [PostgresFact]
    public async Task Nodes_are_killed_while_users_come_and_go_and_nothing_of_them_is_left()
    {
        var cluster = new ClusterChurnOptions { Nodes = 3, KillEvery = 300, Assembly = Node, IsShort = true };
        var options = new ChurnOptions
        {
            Joins = 600,
            WarmUp = 200,
            Concurrency = 50,
            Channels = 20,
            UdpEvery = 40,
            ConnectEvery = 4,
            AllowedGrowthPercent = 5,
            SettleLimit = TimeSpan.FromSeconds(60),
            VoiceUrl = static endpoint => new Uri($"ws://{endpoint}/"),
        };

        var result = await new ClusterChurnRun(options, cluster, TimeProvider.System, output.WriteLine).RunAsync(CancellationToken.None);

        result.Kills.Select(kill => kill.Node).ShouldBe(["node-1", "node-2"]);
        result.Churn.Counts.Failures.ShouldBeEmpty();
        result.Churn.Counts.Done.ShouldBe(options.Joins);
        result.Churn.Figures
            .Where(figure => !figure.IsWithin(options.AllowedGrowthPercent))
            .Select(figure => $"{figure.Metric.Title}: {figure.Before} before, {figure.After} after")
            .ShouldBeEmpty();
        result.Churn.Figures.Count(figure => figure.Metric.Title.StartsWith("ghosts ", StringComparison.Ordinal)).ShouldBe(4);
    }

    [PostgresFact]
    public async Task Each_packet_of_a_channel_over_three_nodes_goes_to_each_other_node_once()
    {
        var options = new SpanOptions
        {
            Users = 65,
            Speakers = 5,
            RealListeners = 1,
            WarmUp = TimeSpan.FromSeconds(0.5),
            Window = TimeSpan.FromSeconds(2),
            Assembly = Node,
        };

        var result = await new SpanRun(options, TimeProvider.System, output.WriteLine).RunAsync(CancellationToken.None);

        output.WriteLine(SpanSection.Verdict(result));
        result.Nodes.Select(node => (node.Users, node.Speakers)).ShouldBe([(22, 2), (22, 2), (21, 1)]);
        result.Nodes.ShouldAllBe(node => node.AcceptedHere > 0);
        result.Crossings.Count().ShouldBe(6);
        result.Crossings.ShouldAllBe(crossing => crossing.Sent == crossing.Accepted && crossing.Received <= crossing.Sent && crossing.Received > 0);
        result.Listeners.Length.ShouldBe(3);
        result.Listeners.ShouldAllBe(listener => listener.Heard > 0 && listener.Heard <= result.Accepted && listener.Doubled == 0 && listener.Wrong == 0);
    }
}
