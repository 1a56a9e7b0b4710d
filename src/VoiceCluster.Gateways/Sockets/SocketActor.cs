using VoiceCluster.Cluster.Hosting;

namespace VoiceCluster.Gateways.Sockets;

/// <summary>Starts the actor of a socket. It has one life: its state is in the socket, which a failure closes.</summary>
internal static class SocketActor
{
    /// <summary>A name that no other actor of any node has.</summary>
    public static string NewName(string kind) => $"{kind}-{Guid.NewGuid():N}";

    /// <summary>Starts an actor.</summary>
    public static LocalAddress Spawn(IEntityHost host, string name, Func<Actor> first)
    {
        var factory = first;
        return host.Spawn(name, () =>
        {
            var create = factory;
            factory = static () => new Ended();
            return create();
        });
    }

    /// <summary>Takes the place of an actor that failed, to end it.</summary>
    private sealed class Ended : Actor
    {
        protected override ValueTask StartAsync(CancellationToken cancellation)
        {
            Context.Stop();
            return ValueTask.CompletedTask;
        }

        protected override ValueTask ReceiveAsync(IActorMessage message, CancellationToken cancellation) => ValueTask.CompletedTask;
    }
}
