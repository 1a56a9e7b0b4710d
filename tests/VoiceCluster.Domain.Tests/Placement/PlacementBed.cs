using System.Collections.Immutable;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Placement;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Domain.Tests.Placement;

/// <summary>A placer with a seeded random, and short ways to say what nodes report.</summary>
internal sealed class PlacementBed
{
    private static readonly Realm Realm = new("default");
    private readonly Random _random;

    public PlacementBed(PlacementOptions? options = null, int seed = 1)
    {
        _random = new Random(seed);
        Placer = new NodePlacer(options ?? new PlacementOptions(), _random.Next);
    }

    public NodePlacer Placer { get; }

    public TimeSpan Now { get; set; } = TimeSpan.FromHours(1);

    public static NodeLoadReport Node(string name, double load, string region = "default") => new()
    {
        Node = new NodeIncarnation(new NodeId(name), 1),
        Load = load,
        Region = region,
        CapacityUsers = 1_000,
        Users = (int)(load * 1_000),
    };

    public ClusterLoad Load(params ReadOnlySpan<NodeLoadReport> reports) => Load(TimeSpan.Zero, reports);

    public ClusterLoad Load(TimeSpan age, params ReadOnlySpan<NodeLoadReport> reports)
    {
        var heard = ImmutableArray.CreateBuilder<HeardReport>();
        foreach (var report in reports)
        {
            heard.Add(new HeardReport(report, Now - age));
        }

        return new ClusterLoad(heard);
    }

    public static ChannelKey Channel(ulong id) => new(Realm, null, new Snowflake(id));

    public PlacedJoin? Choose(ClusterLoad load, ulong channel = 1, string? region = null, params string[] serving) =>
        Placer.Choose(load, new JoinRequest(Channel(channel), [.. serving.Select(name => new NodeId(name))], region), Now);

    public string? ChooseName(ClusterLoad load, ulong channel = 1, string? region = null, params string[] serving) =>
        Choose(load, channel, region, serving)?.Node.Node.Value;
}
