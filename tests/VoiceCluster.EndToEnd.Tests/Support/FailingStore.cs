using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.DependencyInjection;
using VoiceCluster.Cluster.Store;

namespace VoiceCluster.EndToEnd.Tests.Support;

/// <summary>A node's store that a test takes away, or whose answers it loses; the one behind it goes on.</summary>
public class FailingStore : DispatchProxy
{
    private volatile bool _isAway;
    private volatile ImmutableHashSet<string> _unanswered = [];

    /// <summary>The node's own store, which never fails.</summary>
    public IClusterStore Inner { get; private set; } = null!;

    /// <summary>Whether every call fails before it has had an effect.</summary>
    public bool IsAway
    {
        get => _isAway;
        set => _isAway = value;
    }

    /// <summary>Puts itself in front of the node's own.</summary>
    public static FailingStore Decorate(IServiceCollection services)
    {
        var own = services.Last(service => service.ServiceType == typeof(IClusterStore)).ImplementationType!;
        var store = Create<IClusterStore, FailingStore>();
        var failing = (FailingStore)(object)store;
        services.AddSingleton(provider =>
        {
            failing.Inner = (IClusterStore)ActivatorUtilities.CreateInstance(provider, own);
            return store;
        });
        return failing;
    }

    /// <summary>The next call of this name has its effect, but its answer is lost and the store is away from then on.</summary>
    public void LoseAnswer(string call) => _unanswered = _unanswered.Add(call);

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (IsAway && targetMethod!.ReturnType != typeof(void))
        {
            throw new StoreUnavailableException("The test took the store away.");
        }

        var answer = CallInner(targetMethod!, args);
        if (_unanswered.Contains(targetMethod!.Name))
        {
            _unanswered = _unanswered.Remove(targetMethod.Name);
            IsAway = true;
            throw new StoreUnavailableException("The test lost the answer.");
        }

        return answer;
    }

    private object? CallInner(MethodInfo method, object?[]? arguments)
    {
        try
        {
            return method.Invoke(Inner, arguments);
        }
        catch (TargetInvocationException error)
        {
            ExceptionDispatchInfo.Throw(error.InnerException!);
            throw;
        }
    }
}
