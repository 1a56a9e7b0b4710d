using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using VoiceCluster.Cluster.Store;

namespace VoiceCluster.EndToEnd.Tests.Support;

/// <summary>A node's store that counts what it is asked for.</summary>
public class CountingStore : DispatchProxy
{
    private readonly ConcurrentQueue<string> _calls = new();
    private IClusterStore _inner = null!;

    /// <summary>The calls that are transactions which write.</summary>
    public static IReadOnlySet<string> Writes { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        nameof(IEntityStore.CommitAsync),
        nameof(ILvspSessionStore.AppendAsync),
        nameof(ILvspSessionStore.AcknowledgeAsync),
        nameof(ILvspSessionStore.SetFormAsync),
        nameof(ILvspSessionStore.CreateSessionAsync),
        nameof(ILvspSessionStore.ResumeSessionAsync),
        nameof(ILvspSessionStore.DetachAsync),
        nameof(IShardStore.ClaimShardAsync),
        nameof(IShardStore.ReleaseShardAsync),
    };

    /// <summary>The names of all calls since the last time, in order.</summary>
    public IReadOnlyList<string> TakeCalls()
    {
        var calls = new List<string>();
        while (_calls.TryDequeue(out var call))
        {
            calls.Add(call);
        }

        return calls;
    }

    /// <summary>Puts itself in front of the node's own.</summary>
    public static CountingStore Decorate(IServiceCollection services)
    {
        var own = services.Last(service => service.ServiceType == typeof(IClusterStore)).ImplementationType!;
        var store = Create<IClusterStore, CountingStore>();
        var counting = (CountingStore)(object)store;
        services.AddSingleton(provider =>
        {
            counting._inner = (IClusterStore)ActivatorUtilities.CreateInstance(provider, own);
            return store;
        });
        return counting;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        _calls.Enqueue(targetMethod!.Name);
        return targetMethod.Invoke(_inner, args);
    }
}
