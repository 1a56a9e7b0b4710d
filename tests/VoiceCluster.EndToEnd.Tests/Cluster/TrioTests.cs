using VoiceCluster.EndToEnd.Tests.Support;

namespace VoiceCluster.EndToEnd.Tests.Cluster;

/// <summary>Tests of three nodes on one database, which are started for each test alone. A test that is skipped starts none.</summary>
/// <param name="flags">Settings of all nodes.</param>
public abstract class TrioTests(params string[] flags) : IAsyncLifetime
{
    private protected Trio Trio { get; private set; } = null!;

    private protected IReadOnlyList<EndToEndNode> Nodes => Trio.Nodes;

    /// <inheritdoc />
    public async Task InitializeAsync() => Trio = await Trio.StartAsync(flags);

    /// <inheritdoc />
    public virtual async Task DisposeAsync() => await Trio.DisposeAsync();
}
