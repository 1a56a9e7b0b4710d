using VoiceCluster.Cluster.Credentials;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.VoiceStates;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Cluster.VoiceChannels;

// Where users are sent, and what becomes of those whose node is gone.
public sealed partial class VoiceChannelActor
{
    /// <summary>Where the first member is sent: the channel, not who asks for it, decides, so that all who ask are told the same.</summary>
    private NodeId? _home;

    /// <summary>Connections that are stored and whose holders have not answered yet: a process that is lost may never do so. One that a user has given up since does no harm.</summary>
    private readonly Dictionary<Guid, (Snowflake UserId, NodeIncarnation Process)> _awaited = [];

    /// <summary>Tells every channel on this node that a process is gone.</summary>
    public static void TellLost(EntityHost host, NodeIncarnation process) => host.TellAll(EntityKind.VoiceChannel, new NodeLost(process));

    private void FindHome(VoiceChannelCommand command)
    {
        if (command is VoiceChannelCommand.Ensure { Candidate: { } candidate } && (_home is not { } home || !placement.Takes(home)))
        {
            _home = candidate;
        }
    }

    private ValueArray<NodeId> ServingFor(VoiceChannelCommand? command, VoiceChannel channel)
    {
        if (command is not (null or VoiceChannelCommand.Ensure))
        {
            return [];
        }

        return channel.Nodes.IsEmpty && _home is { } home ? [home] : channel.Nodes.Keys.ToValueArray();
    }

    private bool IsGone(NodeId? node) => node is { } sentTo && placement.IsLost(new NodeIncarnation(sentTo, Incarnation: 0));

    private void LoseNode(NodeIncarnation lost)
    {
        if (State is not { } channel)
        {
            return;
        }

        var connected = channel.Sessions.Values.Where(session => session.Worker.Node == lost).ToList();
        foreach (var session in connected)
        {
            Lose(session.UserId, lost.Node, session.ClaimId);
        }

        foreach (var (claimId, awaited) in _awaited.Where(awaited => IsOf(awaited.Value.Process, lost)).ToList())
        {
            _awaited.Remove(claimId);
            Lose(awaited.UserId, lost.Node, claimId);
        }

        foreach (var (userId, member) in channel.Members)
        {
            if (member.Node == lost.Node && !channel.HasSession(userId))
            {
                Lose(userId, lost.Node, claimId: null);
            }
        }
    }

    private static bool IsOf(NodeIncarnation holder, NodeIncarnation process) =>
        holder.Node == process.Node && (holder.Incarnation == 0 || holder.Incarnation == process.Incarnation);

    private void Lose(Snowflake userId, NodeId lost, Guid? claimId)
    {
        var channel = State!;
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
