using VoiceCluster.Cluster.Credentials;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.VoiceStates;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Cluster.VoiceChannels;

// What becomes of users whose node is gone: their states are told, each with another node.
public sealed partial class VoiceChannelActor
{
    /// <summary>Tells every channel on this node that a process is gone.</summary>
    public static void TellLost(EntityHost host, NodeIncarnation process) => host.TellAll(EntityKind.VoiceChannel, new NodeLost(process));

    private void LoseNode(NodeIncarnation lost)
    {
        if (_channel is not { } channel)
        {
            return;
        }

        var connected = channel.Sessions.Values.Where(session => session.Worker.Node == lost).ToList();
        foreach (var session in connected)
        {
            Lose(session.UserId, lost.Node, session.ClaimId);
        }

        foreach (var (userId, member) in channel.Members)
        {
            if (member.Node == lost.Node && !channel.HasSession(userId))
            {
                Lose(userId, lost.Node, claimId: null);
            }
        }
    }

    private void Lose(Snowflake userId, NodeId lost, Guid? claimId)
    {
        var channel = _channel!;
        var next = placement.Find(channel.Key, channel.Nodes.Keys.Where(node => node != lost));
        if (next is { } node)
        {
            placement.Count(channel.Key, node);
        }

        var state = new VoiceStateKey(channel.Key.Realm, channel.Key.ScopeId, userId);
        Context.Host.Tell(new VoiceStateRequest(state, new VoiceStateCommand.LoseNode(lost, claimId, CredentialMinter.NewSalt(), next)));
    }

    private sealed record NodeLost(NodeIncarnation Process) : IActorMessage;
}
