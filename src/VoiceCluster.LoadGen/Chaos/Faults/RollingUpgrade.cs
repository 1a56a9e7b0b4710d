using System.Globalization;
using VoiceCluster.LoadGen.Cluster;

namespace VoiceCluster.LoadGen.Chaos.Faults;

/// <summary>Nodes of an earlier build are replaced by this one's, one after the other: in between both speak to each other and write to one schema.</summary>
internal sealed class RollingUpgrade() : RollingRestart("upgrade", "all nodes replaced by a newer build, one by one")
{
    private const string SchemaNumber = "select max(number) from voicecluster.migrations";

    public override async Task BeginAsync(ChaosScene scene, CancellationToken cancellation)
    {
        scene.Note($"before: {await DescribeAsync(scene, cancellation)}");
        await base.BeginAsync(scene, cancellation);
    }

    protected override void Start(ChaosScene scene, LocalNode node)
    {
        node.Assembly = scene.Options.Assembly;
        node.Start();
    }

    protected override async Task LookAtAsync(ChaosScene scene, LocalNode node, CancellationToken cancellation) =>
        scene.Note($"with {node.Name} replaced: {await DescribeAsync(scene, cancellation)}");

    /// <summary>The builds that run, and the schema that all of them use.</summary>
    private static async Task<string> DescribeAsync(ChaosScene scene, CancellationToken cancellation)
    {
        var builds = new List<string>();
        foreach (var node in scene.Cluster.Nodes)
        {
            builds.Add(await node.ReadVersionAsync(cancellation) ?? "unknown");
        }

        var schema = await scene.Cluster.Database.CountAsync(SchemaNumber, cancellation);
        var counts = builds.GroupBy(build => build, StringComparer.Ordinal).Select(build => $"{build.Count()} of {build.Key}");
        return $"{string.Join(" and ", counts)} on schema {schema?.ToString(CultureInfo.InvariantCulture) ?? "unknown"}";
    }
}
