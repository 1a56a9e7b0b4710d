using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages.Wire;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.Transport;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Benchmarks;

/// <summary>What one message between actors of a node costs: as many actors as a large channel has users are told the same, as when somebody enters.</summary>
/// <remarks>On one core (<c>taskset</c>) the time is the processor time; docs/scaling.md starts from it.</remarks>
[MemoryDiagnoser]
public class MessageBenchmarks
{
    private const int Others = 3_000;
    private static readonly NodeIncarnation Node = new(new NodeId("node"), 1);

    private readonly CountdownEvent _left = new(Others);
    private EntityHost _host = null!;
    private LocalAddress[] _others = null!;

    [GlobalSetup]
    public void Setup()
    {
        _host = new EntityHost(
            Node, new InMemoryClusterStore(TimeProvider.System), new InProcessNetwork().Join(Node), ClusterMessages.Codec, TimeProvider.System, NullLogger<EntityHost>.Instance);
        _host.Start();
        _others = [.. Enumerable.Range(0, Others).Select(number => _host.Spawn($"other-{number}", () => new Listener(_left)))];
        TellAll();
    }

    [Benchmark(OperationsPerInvoke = Others)]
    public void TellAll()
    {
        _left.Reset();
        var news = new News();
        foreach (var other in _others)
        {
            _host.Tell(other, news);
        }

        _left.Wait();
    }

    [GlobalCleanup]
    public async Task Cleanup()
    {
        await _host.DisposeAsync();
        _left.Dispose();
    }

    private sealed record News : IActorMessage;

    private sealed class Listener(CountdownEvent left) : Actor
    {
        protected override ValueTask ReceiveAsync(IActorMessage message, CancellationToken cancellation)
        {
            left.Signal();
            return ValueTask.CompletedTask;
        }
    }
}
