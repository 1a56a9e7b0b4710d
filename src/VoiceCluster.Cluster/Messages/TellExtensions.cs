using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Messages;

/// <summary>Sends messages to where their routing id says.</summary>
public static class TellExtensions
{
    extension(IEntityHost host)
    {
        /// <summary>Tells a voice channel.</summary>
        public bool Tell(IVoiceChannelMessage message) => host.Tell(EntityAddress.Of(message.Channel), message);

        /// <summary>Tells a voice state.</summary>
        public bool Tell(IVoiceStateMessage message) => host.Tell(EntityAddress.Of(message.State), message);

        /// <summary>Tells the holder of a voice websocket.</summary>
        public bool Tell(GatewayAddress gateway, IVoiceGatewayMessage message) => host.Tell(LocalAddress.Of(gateway), message);

        /// <summary>Tells the actor of a worker.</summary>
        public bool Tell(WorkerId worker, IUdpIngressMessage message) => host.Tell(LocalAddress.OfWorker(worker), message);

        /// <summary>Asks a voice channel.</summary>
        public Task<VoiceChannelReply> AskChannelAsync<TRequest>(TRequest request, TimeSpan deadline, CancellationToken cancellation = default)
            where TRequest : IVoiceChannelMessage, IRequest<VoiceChannelReply> =>
            host.AskAsync(EntityAddress.Of(request.Channel), request, deadline, cancellation);

        /// <summary>Asks a voice state.</summary>
        public Task<VoiceStateReply> AskStateAsync<TRequest>(TRequest request, TimeSpan deadline, CancellationToken cancellation = default)
            where TRequest : IVoiceStateMessage, IRequest<VoiceStateReply> =>
            host.AskAsync(EntityAddress.Of(request.State), request, deadline, cancellation);
    }
}
