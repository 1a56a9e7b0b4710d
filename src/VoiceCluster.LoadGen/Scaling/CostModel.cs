using System.Globalization;
using System.Text;

namespace VoiceCluster.LoadGen.Scaling;

/// <summary>What the arithmetic starts from. The defaults are those of docs/scaling.md, which says where each comes from.</summary>
internal sealed record CostInputs
{
    /// <summary>Users, stays and talk are those of the simulation.</summary>
    public ScalingOptions Users { get; init; } = new() { Nodes = 1, Users = 1 };

    /// <summary>Cores of a node.</summary>
    public int Cores { get; init; } = 16;

    /// <summary>How much of each resource is used when a node counts as full enough.</summary>
    public double Fill { get; init; } = 0.7;

    /// <summary>Bytes that a datagram takes on an Ethernet line: 192 of UDP payload, 28 of IP and UDP, 38 of Ethernet.</summary>
    public int LineBytes { get; init; } = 258;

    /// <summary>Bits per second of a node's line.</summary>
    public double LineBits { get; init; } = 10e9;

    /// <summary>Bytes of memory for a user, media and control together.</summary>
    public double UserBytes { get; init; } = 64 * 1024;

    /// <summary>Bytes of memory of a node.</summary>
    public double NodeBytes { get; init; } = 32.0 * 1024 * 1024 * 1024;

    /// <summary>Bytes of one session in a plan that goes to another node.</summary>
    public int PlanBytes { get; init; } = 10;

    /// <summary>Sources that a worker can give out, in blocks of 16 below 2^24.</summary>
    public int SourceBlocks { get; init; } = (1 << 24) / 16;
}

/// <summary>The arithmetic of docs/scaling.md, as Markdown, so that no figure in it is typed by hand.</summary>
internal sealed class CostModel(CostInputs inputs)
{
    private const double Second = 1e9;

    private static readonly int[] ClusterSizes = [1, 10, 1_000];

    private static readonly int[] ChannelSizes = [2, 10, 100, 1_000, 5_000, 20_000];

    private readonly ScalingOptions _users = inputs.Users;

    /// <summary>Datagrams per second that an average user is sent: channels weighed by their users.</summary>
    public double CopiesPerUser
    {
        get
        {
            var (copies, users) = (0.0, 0.0);
            for (var size = 1; size <= _users.LargestChannel; size++)
            {
                var share = Math.Pow(size, -_users.ZipfExponent);
                copies += share * CopiesOut(size);
                users += share * size;
            }

            return copies / users;
        }
    }

    /// <summary>Stays per second that keep one user present on average.</summary>
    private double StaysPerUser => 1 / _users.MeanStaySeconds;

    private double MessagesPerSecond => Second / _users.MessageNanoseconds;

    /// <summary>All tables.</summary>
    public string Write() => string.Join("\n", Capacity(), Channels(), Nodes());

    /// <summary>The largest channel whose comings and goings one core can tell all its users of.</summary>
    public int LargestQuietChannel => (int)Math.Sqrt(MessagesPerSecond * inputs.Fill / (2 * StaysPerUser * ControlCosts.MessagesPerOther));

    /// <summary>Users that the store can take in and let out again, over all nodes.</summary>
    public double UsersByStore(int nodes) =>
        Math.Max(0, (_users.StoreWritesPerSecond * inputs.Fill) - nodes) / (StaysPerUser * (ControlCosts.WritesPerJoin + ControlCosts.WritesPerLeave));

    private double Talkers(int size) => Math.Min(size * _users.TalkProbability, _users.MostTalkers);

    private double PacketsIn(int size) => Talkers(size) * ScalingOptions.PacketsPerSecond;

    private double CopiesOut(int size) => PacketsIn(size) * (size - 1);

    private string Capacity()
    {
        var perUser = CopiesPerUser;
        var table = new MarkdownTable(["users that it is enough for", .. ClusterSizes.Select(nodes => nodes == 1 ? "1 node" : $"{Whole(nodes)} nodes")]);
        void Add(string resource, Func<int, double> users) => table.Add([resource, .. ClusterSizes.Select(nodes => Whole(users(nodes)))]);
        Add("cores, forwarding", nodes => nodes * inputs.Cores * inputs.Fill * Second / _users.PacketNanoseconds / perUser);
        Add("line, one way", nodes => nodes * inputs.LineBits * inputs.Fill / (perUser * inputs.LineBytes * 8));
        Add("memory", nodes => nodes * inputs.NodeBytes * inputs.Fill / inputs.UserBytes);
        Add("sources", nodes => (double)nodes * inputs.Cores * inputs.SourceBlocks);
        Add("store, writing", UsersByStore);
        return table.ToString();
    }

    private string Channels()
    {
        var table = new MarkdownTable("users", "packets in/s", "copies out/s", "cores", "line, Gbit/s", "messages per join", "messages/s", "plan, KiB");
        foreach (var size in ChannelSizes)
        {
            table.Add(
                Whole(size),
                Whole(PacketsIn(size)),
                Whole(CopiesOut(size)),
                Exact(CopiesOut(size) * _users.PacketNanoseconds / Second),
                Exact(CopiesOut(size) * inputs.LineBytes * 8 / 1e9),
                Whole(ControlCosts.MessagesPerJoin + (ControlCosts.MessagesPerOther * (size - 1))),
                Exact(size * StaysPerUser * (ControlCosts.MessagesPerJoin + ControlCosts.MessagesPerLeave + (2.0 * ControlCosts.MessagesPerOther * (size - 1)))),
                Exact(size * inputs.PlanBytes / 1024.0));
        }

        return $"{table}\nWith these stays one core tells everybody of everybody in a channel of up to {Whole(LargestQuietChannel)} users.\n";
    }

    private static string Nodes()
    {
        var table = new MarkdownTable("nodes", "renewals/s", "membership rows read/s", "links in all", "links per node", "shard owners at most", "users per shard of 1,000 per node");
        foreach (var nodes in ClusterSizes)
        {
            table.Add(
                Whole(nodes),
                Whole(nodes),
                Whole((double)nodes * nodes),
                Whole(nodes * (nodes - 1.0) / 2),
                Whole(nodes - 1),
                Whole(Math.Min(nodes, SimulatedCluster.Shards)),
                Whole(nodes * 1_000.0 / SimulatedCluster.Shards));
        }

        return table.ToString();
    }

    private static string Whole(double value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Exact(double value) => value.ToString("#,0.###", CultureInfo.InvariantCulture);

    private sealed class MarkdownTable
    {
        private readonly StringBuilder _text = new();

        public MarkdownTable(params ReadOnlySpan<string> columns)
        {
            Add(columns);
            _text.Append("| --- |").Insert(_text.Length, " ---: |", columns.Length - 1).Append('\n');
        }

        public void Add(params ReadOnlySpan<string> cells) => _text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");

        public override string ToString() => _text.ToString();
    }
}
