using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace VoiceCluster.LoadGen.Chaos.Faults;

/// <summary>A node is drained by the admin port of another, as <c>voicectl drain</c> does it, and taken back.</summary>
internal sealed class NodeDrained(int node) : NodeFault("drain", "node drained, then taken back", node)
{
    private static readonly TimeSpan EmptyLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    public override async Task BeginAsync(ChaosScene scene, CancellationToken cancellation)
    {
        var other = scene.Others(Node).First();
        var path = PathOf(scene);
        var begun = Stopwatch.GetTimestamp();
        var status = await other.SendAsync(HttpMethod.Post, $"{path}?deadline={EmptyLimit.TotalSeconds.ToString(CultureInfo.InvariantCulture)}s", cancellation);
        if (status != System.Net.HttpStatusCode.OK)
        {
            scene.Note($"the drain was answered with {(int?)status}");
            return;
        }

        var left = await CountUsersAsync(scene, cancellation);
        for (; left is not 0 && Stopwatch.GetElapsedTime(begun) < EmptyLimit; left = await CountUsersAsync(scene, cancellation))
        {
            await Task.Delay(Step, cancellation);
        }

        (scene.Figures.UsersLeft, scene.Figures.EmptiedAfter) = (left, left is 0 ? Stopwatch.GetElapsedTime(begun) : null);
        scene.Note($"{left?.ToString(CultureInfo.InvariantCulture) ?? "an unknown number of"} users left {Stopwatch.GetElapsedTime(begun).TotalSeconds:0.0} s after the drain began");
    }

    // It is no failure that anybody would have to find out about.
    public override Task<bool> AskDetectedAsync(ChaosScene scene, CancellationToken cancellation) => Task.FromResult(false);

    public override TimeSpan Lasts(ChaosOptions options) => TimeSpan.Zero;

    public override async Task EndAsync(ChaosScene scene, CancellationToken cancellation)
    {
        await scene.Others(Node).First().SendAsync(HttpMethod.Delete, PathOf(scene), cancellation);
        await WaitUntilWholeAsync(scene, "it was taken back", cancellation);
    }

    private string PathOf(ChaosScene scene) => $"api/nodes/{scene.Cluster.Nodes[Node].Name}/drain";

    private async Task<int?> CountUsersAsync(ChaosScene scene, CancellationToken cancellation)
    {
        if (await scene.Others(Node).First().GetAsync(PathOf(scene), cancellation) is not { } text)
        {
            return null;
        }

        using var json = JsonDocument.Parse(text);
        return json.RootElement.GetProperty("users").GetInt32();
    }
}
