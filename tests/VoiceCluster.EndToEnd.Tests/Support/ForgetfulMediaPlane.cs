using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Media;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.EndToEnd.Tests.Support;

/// <summary>A node's media plane that misses the first word of a written description, as if the socket had died before it was passed on.</summary>
internal sealed class ForgetfulMediaPlane : IMediaPlane
{
    private MediaPlane _inner = null!;

    /// <summary>The key of the word that was missed; 0 before it.</summary>
    public int ForgottenKey { get; private set; }

    /// <summary>The key of the last word that was not missed; 0 before it.</summary>
    public int EnabledKey { get; private set; }

    public ImmutableArray<TransportEncryptionMode> Modes => _inner.Modes;

    public ImmutableArray<MediaWorkerStatus> Workers => _inner.Workers;

    /// <summary>Puts itself in front of the node's own.</summary>
    public void Decorate(IServiceCollection services) => services.AddSingleton<IMediaPlane>(provider =>
    {
        _inner = provider.GetRequiredService<MediaPlane>();
        return this;
    });

    public void EnableSending(MediaSessionId session, int key)
    {
        if (ForgottenKey == 0)
        {
            ForgottenKey = key;
            return;
        }

        EnabledKey = key;
        _inner.EnableSending(session, key);
    }

    public bool TryOpenSession(OpenMediaSession request, [NotNullWhen(true)] out MediaSessionOffer? offer) => _inner.TryOpenSession(request, out offer);

    public bool TryReplaceSources(MediaSessionId session, out Ssrc ssrc) => _inner.TryReplaceSources(session, out ssrc);

    public int ConfigureTransport(MediaSessionId session, MediaTransport transport) => _inner.ConfigureTransport(session, transport);

    public void SetCodecs(MediaSessionId session, ImmutableArray<MediaCodec> codecs) => _inner.SetCodecs(session, codecs);

    public void ConfirmAddress(MediaSessionId session, IPAddress address) => _inner.ConfirmAddress(session, address);

    public void SetSinkWants(MediaSessionId session, int any, ImmutableDictionary<Ssrc, int> bySource) => _inner.SetSinkWants(session, any, bySource);

    public void CloseSession(MediaSessionId session) => _inner.CloseSession(session);

    public void Publish(ForwardingPlan plan) => _inner.Publish(plan);

    public void ConfirmPlans(int worker) => _inner.ConfirmPlans(worker);

    public ChannelReader<MediaEdge> Edges(int worker) => _inner.Edges(worker);

    public void StartWorker(int worker) => _inner.StartWorker(worker);

    public void StopWorker(int worker) => _inner.StopWorker(worker);
}
