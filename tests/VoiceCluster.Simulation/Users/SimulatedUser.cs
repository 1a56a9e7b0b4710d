using System.Text.Json;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.VoiceStates;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Simulation.Nodes;

namespace VoiceCluster.Simulation.Users;

/// <summary>What is known for certain of where a user is.</summary>
internal enum Whereabouts
{
    /// <summary>A request was not answered, or was answered without the store.</summary>
    Unknown,

    /// <summary>In the channel: a join was acknowledged while the store had it.</summary>
    In,

    /// <summary>In none: a leave was acknowledged while the store had it.</summary>
    Out,
}

/// <summary>One user and what his backend asks for him, one request after another, of whichever node it happens to be connected to.</summary>
internal sealed class SimulatedUser(World world, Realm realm, Snowflake guild, Snowflake id, IReadOnlyList<ChannelKey> channels)
{
    private static readonly TimeSpan AskDeadline = TimeSpan.FromSeconds(5);

    private SimulatedNode? _asked;
    private string? _token;
    private string? _sessionId;
    private bool _isTainted;

    public VoiceStateKey Key { get; } = new(realm, guild, id);

    public Whereabouts Where { get; private set; }

    /// <summary>The channel, when he is in one.</summary>
    public ChannelKey Channel { get; private set; }

    /// <summary>The connection that he opened last.</summary>
    public SimulatedSession? Session { get; private set; }

    /// <summary>Whether the state may end by itself, because its connection did.</summary>
    public bool MayEnd { get; private set; }

    /// <summary>Whether his connection was open when the last request was over: nothing but a request of his may end it then.</summary>
    public bool IsSettled { get; private set; }

    public SimulatedNode? SessionNode { get; private set; }

    public bool IsBusy => _asked is { IsOver: false };

    /// <summary>Does something, unless the last thing is not over yet.</summary>
    public void Act()
    {
        NoteLostNodes();
        var nodes = world.Nodes.Where(node => node.IsServing).ToArray();
        if (IsBusy || nodes.Length == 0)
        {
            return;
        }

        var node = world.Chance.Of(nodes);
        switch (world.Chance.Below(10))
        {
            case < 4:
                Join(node, world.Chance.Of(channels));
                break;
            case < 6:
                Leave(node);
                break;
            case < 7:
                Mute(node, world.Chance.OneIn(2));
                break;
            case < 9 when _token is not null && Session is not { IsOver: false } && !node.IsFrozen:
                Connect(node);
                break;
            default:
                Disconnect();
                break;
        }
    }

    /// <summary>Notices that a node is gone, with a request or with the connection.</summary>
    public void NoteLostNodes()
    {
        if (_asked is { IsOver: true })
        {
            _asked = null;
            Taint();
        }

        if (SessionNode is { IsOver: true })
        {
            MayEnd = true;
            IsSettled = false;
        }
    }

    /// <summary>All is well again: what the store says now is what is known.</summary>
    public void Settle()
    {
        var membership = ReadStored()?.Membership;
        (Where, Channel) = membership is null ? (Whereabouts.Out, default) : (Whereabouts.In, membership.Channel);
        (_isTainted, MayEnd) = (false, Session is null or { IsOver: true } && membership is { ExpiresAt: not null });
        IsSettled = Session is { IsOpen: true };
    }

    /// <summary>The state as it is stored.</summary>
    public VoiceState? ReadStored()
    {
        var address = EntityAddress.Of(Key);
        var row = world.Store.Rows.LoadAsync(address.Kind, address.Key, CancellationToken.None).GetAwaiter().GetResult();
        return row is null ? null : JsonSerializer.Deserialize(row.State.Span, EntityJson.Default.VoiceState);
    }

    private void Join(SimulatedNode node, ChannelKey channel) => Ask(node, "joins", async () =>
    {
        var ensure = new VoiceChannelCommand.Ensure(null, "backend", world.Chance.Text(22));
        var ensured = await node.Host.AskChannelAsync(new VoiceChannelRequest(channel, ensure), AskDeadline);
        if (ensured.Definition is null)
        {
            return null;
        }

        var fresh = new FreshCredentials(world.Chance.Text(32), world.Chance.Text(22));
        var join = new VoiceStateCommand.Join(channel, null, default, "backend", fresh);
        return await node.Host.AskStateAsync(new VoiceStateRequest(Key, join), AskDeadline);
    });

    private void Leave(SimulatedNode node) => Ask(node, "leaves", () =>
        node.Host.AskStateAsync(new VoiceStateRequest(Key, new VoiceStateCommand.Leave(null)), AskDeadline)!);

    private void Mute(SimulatedNode node, bool mute) => Ask(node, "mutes", () =>
    {
        var flags = new VoiceFlagsPatch(null, mute, null, null, null);
        return node.Host.AskStateAsync(new VoiceStateRequest(Key, new VoiceStateCommand.UpdateFlags(null, flags)), AskDeadline)!;
    });

    private void Ask(SimulatedNode node, string what, Func<Task<VoiceStateReply?>> request)
    {
        _asked = node;
        IsSettled = false;
        Where = Whereabouts.Unknown;
        world.Count(what);
        node.Scheduler.Post(async () =>
        {
            try
            {
                Take(await request());
            }
            catch (AskException error)
            {
                world.Count($"{what} failed: {error.Failure}");
                Taint();
            }

            _asked = null;
        });
    }

    private void Take(VoiceStateReply? reply)
    {
        var stored = ReadStored()?.Membership;
        if (reply is null || reply.Membership?.Channel != stored?.Channel || reply.Refusal is not null)
        {
            world.Count("acknowledged without the store");
            Taint();
            return;
        }

        (_token, _sessionId) = (reply.Token, reply.Membership?.SessionId);
        world.Trace(Key.ToString(), $"is in {reply.Membership?.Channel}, stored");
        if (_isTainted)
        {
            return;
        }

        (Where, Channel) = stored is null ? (Whereabouts.Out, default) : (Whereabouts.In, stored.Channel);
        IsSettled = Where == Whereabouts.In && Session is { IsOpen: true } && stored!.Claim?.ClaimId == Session.Session.ClaimId;
    }

    private void Taint()
    {
        _isTainted = true;
        Where = Whereabouts.Unknown;
    }

    private void Connect(SimulatedNode node)
    {
        if (ReadStored()?.Membership is not { } membership)
        {
            return;
        }

        IsSettled = false;
        MayEnd = true;
        world.Count("connects");
        var claimId = world.Chance.Guid();
        var name = $"voice-{claimId:n}";
        var session = new ChannelSession
        {
            ClaimId = claimId,
            UserId = id,
            Gateway = new GatewayAddress(node.Life.Node, name),
            Worker = node.WorkerId,
            MediaSession = new MediaSessionId((ulong)world.Chance.Positive()),
            Ssrc = new Ssrc((uint)world.Chance.Positive() & 0xFFFFFF),
        };
        Session = new SimulatedSession(session, Key, membership.Channel, _sessionId ?? string.Empty, _token!);
        SessionNode = node;
        node.Open(name, Session);
    }

    private void Disconnect()
    {
        if (Session is { IsOpen: true } session && SessionNode is { IsServing: true } node)
        {
            MayEnd = true;
            IsSettled = false;
            world.Count("disconnects");
            node.Scheduler.Post(() => session.Close(node.Host));
        }
    }
}
