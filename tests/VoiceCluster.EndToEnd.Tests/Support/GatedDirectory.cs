using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using VoiceCluster.Domain.Directory;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.EndToEnd.Tests.Support;

/// <summary>A node's directory that a test can make wait, to catch requests in the middle.</summary>
internal sealed class GatedDirectory : IVoiceDirectory
{
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _closed;
    private IVoiceDirectory _inner = null!;

    /// <summary>Puts itself in front of the node's own.</summary>
    public void Decorate(IServiceCollection services)
    {
        var own = services.Last(service => service.ServiceType == typeof(IVoiceDirectory)).ImplementationType!;
        services.AddSingleton<IVoiceDirectory>(provider =>
        {
            _inner = (IVoiceDirectory)ActivatorUtilities.CreateInstance(provider, own);
            return this;
        });
    }

    /// <summary>From now on questions wait.</summary>
    public void Close() => _closed = true;

    /// <summary>Waits until a question waits.</summary>
    public Task EnteredAsync() => _entered.Task.WaitAsync(RawSocket.Limit);

    /// <summary>Lets all questions pass.</summary>
    public void Open() => _open.TrySetResult();

    public async ValueTask<ChannelKey?> FindChannelAsync(Realm realm, Snowflake channelId, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        return await _inner.FindChannelAsync(realm, channelId, cancellation);
    }

    public async ValueTask<ImmutableArray<VoiceStateKey>> FindSessionAsync(Realm realm, string sessionId, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        return await _inner.FindSessionAsync(realm, sessionId, cancellation);
    }

    public async ValueTask<TokenGrant?> FindTokenAsync(string token, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        return await _inner.FindTokenAsync(token, cancellation);
    }

    private async ValueTask PassAsync(CancellationToken cancellation)
    {
        if (_closed)
        {
            _entered.TrySetResult();
            await _open.Task.WaitAsync(RawSocket.Limit, cancellation);
        }
    }
}
