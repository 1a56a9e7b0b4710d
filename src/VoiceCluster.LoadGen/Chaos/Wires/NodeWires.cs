using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using VoiceCluster.LoadGen.Cluster;

namespace VoiceCluster.LoadGen.Chaos.Wires;

/// <summary>The wires on which nodes reach each other: links (TCP) and relayed media (UDP), each direction by the conditions of the moment.</summary>
internal sealed class NodeWires : IAsyncDisposable
{
    private readonly LinkConditions _conditions;
    private readonly Func<int[]> _processes;
    private readonly DelayLine _delays = new();
    private readonly List<RelayWire> _relays = [];
    private readonly List<TcpAcceptor> _links = [];

    /// <summary>Lays a wire to each node.</summary>
    /// <param name="nodes">The nodes.</param>
    /// <param name="conditions">What the wires do.</param>
    /// <param name="seed">Of what happens by chance.</param>
    /// <param name="processes">The nodes' processes, by index; 0 for none.</param>
    public NodeWires(ImmutableArray<LocalNodeSettings> nodes, LinkConditions conditions, int seed, Func<int[]> processes)
    {
        _conditions = conditions;
        _processes = processes;
        foreach (var node in nodes)
        {
            _relays.Add(new RelayWire(
                new IPEndPoint(node.WireAddress, node.Ports.Relay),
                new IPEndPoint(node.Address, node.Ports.Relay),
                from => from >= 0 && from < nodes.Length ? _conditions[from, node.Index] : Impairment.None,
                _delays,
                seed + node.Index));
            _links.Add(new TcpAcceptor(
                new IPEndPoint(node.WireAddress, node.Ports.Link),
                (socket, stopped) => CarryAsync(socket, node, stopped)));
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _relays.ForEach(relay => relay.Dispose());
        foreach (var link in _links)
        {
            await link.DisposeAsync();
        }

        _delays.Dispose();
    }

    private async Task CarryAsync(Socket accepted, LocalNodeSettings to, CancellationToken stopped)
    {
        var from = SocketOwners.Find((IPEndPoint)accepted.RemoteEndPoint!, _processes());
        var pipe = new TcpPipe(
            accepted,
            () => from < 0 ? Impairment.None : _conditions[from, to.Index],
            () => from < 0 ? Impairment.None : _conditions[to.Index, from]);
        await pipe.RunAsync(new IPEndPoint(to.Address, to.Ports.Link), stopped);
    }
}
