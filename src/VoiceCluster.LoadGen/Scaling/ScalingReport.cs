using Spectre.Console;

namespace VoiceCluster.LoadGen.Scaling;

/// <summary>Prints what a simulation found.</summary>
internal sealed class ScalingReport(IAnsiConsole console)
{
    /// <summary>Prints one line of progress.</summary>
    public void Progress(string text) => console.MarkupLineInterpolated($"[grey]{text}[/]");

    /// <summary>Prints the result.</summary>
    public void Result(ScalingResult result)
    {
        var options = result.Options;
        console.WriteLine(
            $"{options.Nodes:n0} nodes for {options.CapacityUsers:n0} users each, {options.Workers} workers; {options.Users:n0} users, {result.Relay.Channels:n0} channels " +
            $"(Zipf {options.ZipfExponent}, up to {options.LargestChannel:n0}), seed {options.Seed}");
        console.Write(Loads(result));
        console.Write(Joins(result));
        console.Write(Control(result));
        console.Write(Relay(result));
        console.Write(Bottlenecks(result));
    }

    private static Table Loads(ScalingResult result)
    {
        var table = TableOf("load of nodes", "users", "p50", "p99", "max", "highest", "seconds at 0.8+");
        foreach (var phase in result.Phases)
        {
            Add(
                table,
                phase.Name,
                $"{phase.Users:n0}",
                $"{phase.Percentile(50):0.000}",
                $"{phase.Percentile(99):0.000}",
                $"{phase.Loads[^1]:0.000}",
                $"{phase.Counts.HighestLoad:0.000}",
                $"{phase.Counts.OverloadedSeconds:n0}");
        }

        return table;
    }

    private static Table Joins(ScalingResult result)
    {
        var table = TableOf("joins", "new", "again", "to its node", "off region", "strained", "refused", "to dead", "to avoided", "no owner", "busiest node/s");
        foreach (var phase in result.Phases)
        {
            var counts = phase.Counts;
            Add(
                table,
                phase.Name,
                $"{counts.Joins:n0}",
                $"{counts.Moves:n0}",
                $"{counts.Serving:n0}",
                $"{counts.Elsewhere:n0}",
                $"{counts.Strained:n0}",
                $"{counts.NoCapacity:n0}",
                $"{counts.ToDead:n0}",
                $"{counts.ToAvoided:n0}",
                $"{counts.WithoutOwner:n0}",
                $"{counts.BusiestNode:n0}");
        }

        return table;
    }

    private static Table Control(ScalingResult result)
    {
        var table = TableOf("control", "messages/join", "busiest owner/s", "busiest channel/s", "store writes/s", "busiest second", "shards moved");
        foreach (var phase in result.Phases)
        {
            var counts = phase.Counts;
            Add(
                table,
                phase.Name,
                $"{counts.Messages / Math.Max(1, counts.Joins + counts.Moves):n1}",
                $"{counts.BusiestOwner:n0}",
                $"{counts.BusiestChannel:n0}",
                $"{(double)counts.Writes / phase.Seconds:n0}",
                $"{counts.BusiestStore:n0}",
                $"{counts.ShardsMoved:n0}");
        }

        return table;
    }

    private static Table Relay(ScalingResult result)
    {
        var table = TableOf("relay", "channels", "on one worker", "on one node", "most nodes", "packets in/s", "out/s", "copies/s", "copies per packet", "node pairs");
        foreach (var (name, relay) in new[] { ("without crowd", result.Relay), ("with it", result.RelayWithCrowd) })
        {
            Add(
                table,
                name,
                $"{relay.Channels:n0}",
                $"{relay.OnOneWorker:n0}",
                $"{relay.OnOneNode:n0}",
                $"{relay.MostNodes:n0}",
                $"{relay.PacketsIn:n0}",
                $"{relay.PacketsOut:n0}",
                $"{relay.RelayCopies:n0}",
                $"{relay.RelayCopies / relay.PacketsIn:0.0000}",
                $"{relay.NodePairs:n0}");
        }

        return table;
    }

    private static Table Bottlenecks(ScalingResult result)
    {
        var table = TableOf("what gives way first", "limit", "steady", "share", "worst second", "share");
        foreach (var bottleneck in Bottleneck.Of(result))
        {
            Add(
                table,
                bottleneck.Resource,
                $"{bottleneck.Limit:#,0.##}",
                $"{bottleneck.Steady:#,0.##}",
                $"{bottleneck.Steady / bottleneck.Limit:p1}",
                $"{bottleneck.Worst:#,0.##}",
                $"{bottleneck.Worst / bottleneck.Limit:p1}");
        }

        return table;
    }

    private static Table TableOf(string first, params ReadOnlySpan<string> others)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn(first);
        foreach (var name in others)
        {
            table.AddColumn(new TableColumn(name) { Alignment = Justify.Right });
        }

        return table;
    }

    private static void Add(Table table, params string[] cells) => table.AddRow(cells);
}
