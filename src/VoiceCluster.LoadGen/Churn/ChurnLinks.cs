using System.Collections.Immutable;
using VoiceCluster.Client.Lvsp;
using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Cluster;

namespace VoiceCluster.LoadGen.Churn;

/// <summary>A backend's links: several to each node, for the requests of one are carried out one after the other.</summary>
internal sealed class ChurnLinks : IAsyncDisposable
{
    private const int PerNode = 4;
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(15);

    private readonly int _nodes;

    // Their nodes take turns.
    private readonly ImmutableArray<ChurnLink> _links;

    private ChurnLinks(int nodes, ImmutableArray<ChurnLink> links) => (_nodes, _links) = (nodes, links);

    /// <summary>Links whose session could not be resumed.</summary>
    public int LostSessions => _links.Sum(link => link.LostSessions);

    /// <summary>Connects to every node.</summary>
    /// <exception cref="ClientException">One cannot be reached.</exception>
    public static async Task<ChurnLinks> ConnectAsync(LocalCluster cluster, CancellationToken cancellation)
    {
        var links = Enumerable.Repeat(cluster.Nodes, PerNode).SelectMany(nodes => nodes).Select(node => ChurnLink.ConnectAsync(
            new LvspClientOptions { Url = node.LvspUrl, Secret = LocalCluster.Secret, Name = $"the link to {node.Name}", AnswerLimit = AnswerLimit }, cancellation));
        return new ChurnLinks(cluster.Nodes.Length, [.. await Task.WhenAll(links)]);
    }

    /// <summary>The link for one of many: they take turns, and where one is broken, the next takes its turn.</summary>
    public ChurnLink For(int number)
    {
        for (var i = 0; i < _links.Length; i++)
        {
            if (_links[(number + i) % _links.Length] is { IsOpen: true } open)
            {
                return open;
            }
        }

        return _links[number % _links.Length];
    }

    /// <summary>A node was killed: says over another link what it may not have heard.</summary>
    /// <exception cref="ClientException">There is no other link.</exception>
    public async Task LoseAsync(int node, CancellationToken cancellation)
    {
        await Task.WhenAll(OfNode(node).Select(link => link.WaitForEndAsync(cancellation)));
        foreach (var link in OfNode(node))
        {
            await link.RepeatLeavesAsync(For(node), cancellation);
        }
    }

    /// <summary>A node is there again.</summary>
    /// <exception cref="NoAnswerException">It does not take the link.</exception>
    public Task RegainAsync(int node, CancellationToken cancellation) =>
        Task.WhenAll(OfNode(node).Select(link => link.ReconnectAsync(cancellation)));

    /// <summary>Ends channels.</summary>
    /// <exception cref="ClientException">No link works.</exception>
    public async Task DestroyAsync(IEnumerable<ChurnedChannel> channels, CancellationToken cancellation)
    {
        foreach (var (number, channel) in channels.Index())
        {
            await For(number).DestroyChannelAsync(channel, cancellation);
        }
    }

    /// <summary>Confirms every notice that came.</summary>
    public Task ConfirmNoticesAsync() => Task.WhenAll(_links.Select(link => link.ConfirmNoticesAsync()));

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var link in _links)
        {
            await link.DisposeAsync();
        }
    }

    private IEnumerable<ChurnLink> OfNode(int node) => _links.Where((_, number) => number % _nodes == node);
}
