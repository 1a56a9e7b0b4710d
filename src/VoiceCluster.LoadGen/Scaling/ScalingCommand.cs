using System.CommandLine;
using VoiceCluster.LoadGen.Commands;

namespace VoiceCluster.LoadGen.Scaling;

/// <summary><c>loadgen scaling</c>: a cluster far larger than any that can be started here, on simulated time.</summary>
internal sealed class ScalingCommand
{
    private readonly Option<int> _nodes = CommandOptions.Count("--nodes", "Nodes at the beginning.", 1_000, 2, 30_000);
    private readonly Option<int> _users = CommandOptions.Count("--users", "Users in channels at the same time.", 1_000_000, 1, 10_000_000);
    private readonly Option<int> _seed = CommandOptions.Count("--seed", "Two runs with one seed are equal.", 1, 0, int.MaxValue);
    private readonly Option<int> _capacity = CommandOptions.Count("--capacity", "Users that a node is meant for; 0 for twice an even share.", 0, 0, 10_000_000);
    private readonly Option<int> _workers = CommandOptions.Count("--workers", "Packet workers, and cores, of a node.", 2, 1, 64);
    private readonly Option<int> _crowd = CommandOptions.Count("--crowd", "Users of the channel that fills within a minute.", 20_000, 1, 1_000_000);
    private readonly Option<int> _packetNanoseconds = CommandOptions.Count("--packet-ns", "Processor time for one datagram forwarded, in nanoseconds.", 1_500, 1, 1_000_000);

    private readonly Option<int> _messageNanoseconds = CommandOptions.Count("--message-ns", "Processor time for one message of an actor to another, in nanoseconds.", 3_200, 1, 1_000_000);
    private readonly Option<int> _storeWrites = CommandOptions.Count("--store-writes", "Transactions per second that the store writes.", 10_000, 1, 10_000_000);
    private readonly Option<int> _storeRows = CommandOptions.Count("--store-rows", "Rows per second that the store answers with.", 1_000_000, 1, 1_000_000_000);

    private readonly Option<bool> _model = new("--model") { Description = "Print the arithmetic of docs/scaling.md for these costs instead." };

    public static Command Create()
    {
        var scaling = new ScalingCommand();
        var command = new Command("scaling", "Simulates a large cluster with the nodes' own placement, and prints what its nodes, shards and store bear.")
        {
            scaling._nodes, scaling._users, scaling._seed, scaling._capacity, scaling._workers, scaling._crowd, scaling._packetNanoseconds,
            scaling._messageNanoseconds, scaling._storeWrites, scaling._storeRows, scaling._model,
        };
        command.SetAction(scaling.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        var report = new ScalingReport(new CommandConsole().Output);
        var options = new ScalingOptions
        {
            Nodes = parsed.GetValue(_nodes),
            Users = parsed.GetValue(_users),
            Seed = parsed.GetValue(_seed),
            CapacityUsers = parsed.GetValue(_capacity),
            Workers = parsed.GetValue(_workers),
            CrowdUsers = parsed.GetValue(_crowd),
            PacketNanoseconds = parsed.GetValue(_packetNanoseconds),
            MessageNanoseconds = parsed.GetValue(_messageNanoseconds),
            StoreWritesPerSecond = parsed.GetValue(_storeWrites),
            StoreRowsPerSecond = parsed.GetValue(_storeRows),
        };
        if (parsed.GetValue(_model))
        {
            Console.Out.Write(new CostModel(new CostInputs { Users = options }).Write());
            return 0;
        }

        report.Result(new ScalingRun(options).Run(report.Progress));
        return 0;
    }
}
