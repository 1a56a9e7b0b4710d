using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Credentials;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Cluster.Placement;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.Directory;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.VoiceStates;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Gateways.Lvsp;

/// <summary>Carries out one request of a backend by asking the entities it names; says what to answer.</summary>
/// <remarks>Holds no state. Safe for calls from any thread. Source: LVSP "Scenarios".</remarks>
internal sealed partial class LvspRequestHandler(
    Lazy<IEntityHost> host,
    IVoiceDirectory directory,
    IVoicePlacement placement,
    DeferredRequests deferred,
    TimeProvider time,
    ILogger<LvspRequestHandler> logger)
{
    private static readonly TimeSpan AskDeadline = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);

    /// <summary>Carries a request out. What cannot be placed is answered as such; nothing here costs the link.</summary>
    public async Task<ImmutableArray<LvspNotice>> HandleAsync(RequestOrigin origin, LvspRequest request, CancellationToken cancellation)
    {
        try
        {
            var notices = await DispatchAsync(origin, request, cancellation);
            Count(request, "handled");
            return notices;
        }
        catch (AskException error)
        {
            Count(request, "not_placed");
            Log.NotPlaced(logger, request.GetType().Name, error.Failure);
            return NotPlaced(request);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // A backend waits for an answer to each join, whatever went wrong here.
            Count(request, "failed");
            Log.Failed(logger, request.GetType().Name, error);
            return NotPlaced(request);
        }
    }

    private Task<ImmutableArray<LvspNotice>> DispatchAsync(RequestOrigin origin, LvspRequest request, CancellationToken cancellation) =>
        request switch
        {
            ChannelRequest channel => EnsureAsync(origin, channel, cancellation),
            ChannelUpdate update => UpdateAsync(origin, update, cancellation),
            ChannelDestroy destroy => DestroyAsync(origin, destroy, cancellation),
            VoiceStateCreate create => JoinAsync(origin, create, cancellation),
            VoiceStateUpdate update => ForSelectedAsync(
                origin.Realm,
                update.Selector,
                channel => new VoiceStateCommand.UpdateFlags(channel, update.Flags, update.Selector.SessionId, origin.AskedAt),
                cancellation),
            VoiceStateDestroy destroy => ForSelectedAsync(
                origin.Realm,
                destroy.Selector,
                channel => new VoiceStateCommand.Leave(channel, destroy.Selector.SessionId, origin.AskedAt),
                cancellation),
            _ => throw new UnreachableException(),
        };

    private async Task<ImmutableArray<LvspNotice>> EnsureAsync(RequestOrigin origin, ChannelRequest request, CancellationToken cancellation)
    {
        var key = await ResolveAsync(origin.Realm, request.GuildId, request.ChannelId, cancellation);
        var (reply, wasAskedTwice) = await EnsureAsync(key, request.Bitrate, origin, cancellation);
        if (reply is not { Definition: { } definition })
        {
            return NotPlaced(request);
        }

        if (request.Form == LvspForm.Litecord || reply.Created || wasAskedTwice)
        {
            return [Assigned(key, definition, reply)];
        }

        return request.Bitrate is { } asked && asked != definition.BitrateBps
            ? [new ChannelBitrateInForce(key.ChannelId, key.GuildId, definition.BitrateBps)]
            : [];
    }

    private async Task<ImmutableArray<LvspNotice>> UpdateAsync(RequestOrigin origin, ChannelUpdate request, CancellationToken cancellation)
    {
        var key = await ResolveAsync(origin.Realm, request.GuildId, request.ChannelId, cancellation);
        await TellAsync(key, new VoiceChannelCommand.Update(request.Bitrate, origin.AskedAt), nameof(ChannelUpdate), cancellation);
        return [];
    }

    private async Task<ImmutableArray<LvspNotice>> DestroyAsync(RequestOrigin origin, ChannelDestroy request, CancellationToken cancellation)
    {
        var key = await ResolveAsync(origin.Realm, request.GuildId, request.ChannelId, cancellation);
        await TellAsync(key, new VoiceChannelCommand.Destroy(origin.AskedAt), nameof(ChannelDestroy), cancellation);
        return [];
    }

    private async Task<ImmutableArray<LvspNotice>> JoinAsync(RequestOrigin origin, VoiceStateCreate request, CancellationToken cancellation)
    {
        var key = await ResolveAsync(origin.Realm, request.GuildId, request.ChannelId, cancellation);
        var (channel, wasAskedTwice) = await EnsureAsync(key, bitrate: null, origin, cancellation);
        if (channel is not { Definition: { } definition })
        {
            return NotPlaced(request);
        }

        ImmutableArray<LvspNotice> notices = channel.Created || wasAskedTwice ? [Assigned(key, definition, channel)] : [];
        var state = new VoiceStateKey(origin.Realm, key.ScopeId, request.UserId);
        var node = placement.Find(key, channel.Serving);
        if (node is null && !await IsInAsync(state, key, cancellation))
        {
            return NotPlaced(request);
        }

        var join = new VoiceStateCommand.Join(
            key, request.SessionId, request.Flags, origin.SessionId, CredentialMinter.NewCredentials(), node, origin.AskedAt);
        var (reply, isRepeated) = await ReachAsync(
            deadline => host.Value.AskStateAsync(new VoiceStateRequest(state, join), deadline, cancellation), cancellation);
        if (reply.Membership is not { } membership)
        {
            return NotPlaced(request);
        }

        if (reply.Changed && membership.Node is { } chosen)
        {
            placement.Count(key, chosen);
        }

        return reply.Changed || isRepeated || request.IsAnsweredWhenUnchanged ? [.. notices, Done(state, membership, reply.Token!)] : notices;
    }

    private async Task<ImmutableArray<LvspNotice>> ForSelectedAsync(
        Realm realm,
        VoiceStateSelector selector,
        Func<ChannelKey?, VoiceStateCommand> command,
        CancellationToken cancellation)
    {
        foreach (var (state, channel) in await SelectAsync(realm, selector, cancellation))
        {
            var asked = new VoiceStateRequest(state, command(channel));
            await deferred.RunAsync(
                EntityAddress.Of(state).Shard,
                asked.Command.GetType().Name,
                (deadline, token) => host.Value.AskStateAsync(asked, deadline, token),
                cancellation);
        }

        return [];
    }

    private async ValueTask<ImmutableArray<(VoiceStateKey State, ChannelKey? Channel)>> SelectAsync(
        Realm realm,
        VoiceStateSelector selector,
        CancellationToken cancellation)
    {
        if (selector.SessionId is { } sessionId)
        {
            var named = await directory.FindSessionAsync(realm, sessionId, cancellation);
            var scope = await ScopeAsync(realm, selector, cancellation);
            return
            [
                .. named
                    .Where(state => (scope ?? state.ScopeId) == state.ScopeId && (selector.UserId ?? state.UserId) == state.UserId)
                    .Select(state => (state, (ChannelKey?)null)),
            ];
        }

        if (selector.ChannelId is { } channelId)
        {
            var channel = await ResolveAsync(realm, selector.GuildId, channelId, cancellation);
            return [(new VoiceStateKey(realm, channel.ScopeId, selector.UserId!.Value), channel)];
        }

        return [(new VoiceStateKey(realm, selector.GuildId!.Value, selector.UserId!.Value), null)];
    }

    private async ValueTask<Snowflake?> ScopeAsync(Realm realm, VoiceStateSelector selector, CancellationToken cancellation) =>
        selector.GuildId ?? (selector.ChannelId is { } channelId
            ? (await ResolveAsync(realm, guildId: null, channelId, cancellation)).ScopeId
            : null);

    /// <summary>A message may leave the guild out: a channel that is known keeps the guild it was made with.</summary>
    private async ValueTask<ChannelKey> ResolveAsync(Realm realm, Snowflake? guildId, Snowflake channelId, CancellationToken cancellation) =>
        guildId is null && await directory.FindChannelAsync(realm, channelId, cancellation) is { } known
            ? known
            : new ChannelKey(realm, guildId, channelId);

    /// <summary>Makes the channel if it is not there; null when no node takes a new one.</summary>
    private async Task<(VoiceChannelReply? Reply, bool IsRepeated)> EnsureAsync(
        ChannelKey key, int? bitrate, RequestOrigin origin, CancellationToken cancellation)
    {
        await deferred.WaitAsync(EntityAddress.Of(key).Shard, cancellation);
        var candidate = placement.Find(key, []);
        if (candidate is null && (await AskAsync(new GetVoiceChannel(key), cancellation)).Reply is { Definition: null })
        {
            return (null, false);
        }

        var ensure = new VoiceChannelCommand.Ensure(bitrate, origin.SessionId, CredentialMinter.NewSalt(), candidate, origin.AskedAt);
        return await AskAsync(new VoiceChannelRequest(key, ensure), cancellation);
    }

    private async Task<bool> IsInAsync(VoiceStateKey state, ChannelKey channel, CancellationToken cancellation)
    {
        var (reply, _) = await ReachAsync(deadline => host.Value.AskStateAsync(new GetVoiceState(state), deadline, cancellation), cancellation);
        return reply.Membership?.Channel == channel;
    }

    private Task<(VoiceChannelReply Reply, bool IsRepeated)> AskAsync<TRequest>(TRequest request, CancellationToken cancellation)
        where TRequest : IVoiceChannelMessage, IRequest<VoiceChannelReply> =>
        ReachAsync(deadline => host.Value.AskChannelAsync(request, deadline, cancellation), cancellation);

    /// <summary>Asks again while the entity cannot be reached: a shard whose owner has died has another within seconds.</summary>
    /// <returns>The answer, and whether an earlier try may have had the effect already.</returns>
    private async Task<(TReply Reply, bool IsRepeated)> ReachAsync<TReply>(Func<TimeSpan, Task<TReply>> ask, CancellationToken cancellation)
    {
        var begun = time.GetTimestamp();
        for (var isRepeated = false; ; isRepeated = true)
        {
            try
            {
                return (await ask(AskDeadline - time.GetElapsedTime(begun)), isRepeated);
            }
            catch (AskException error) when (error.Failure == AskFailure.Unreachable && time.GetElapsedTime(begun) + RetryDelay < AskDeadline)
            {
                await Task.Delay(RetryDelay, time, cancellation);
            }
        }
    }

    /// <summary>Asks a channel for something that its backend gets no answer to.</summary>
    private Task TellAsync(ChannelKey key, VoiceChannelCommand command, string name, CancellationToken cancellation) => deferred.RunAsync(
        EntityAddress.Of(key).Shard,
        name,
        (deadline, token) => host.Value.AskChannelAsync(new VoiceChannelRequest(key, command), deadline, token),
        cancellation);

    private ChannelAssigned Assigned(ChannelKey key, ChannelDefinition definition, VoiceChannelReply channel) =>
        new(key.ChannelId, key.GuildId, definition.BitrateBps, channel.Token!, placement.EndpointOf(placement.Find(key, channel.Serving)));

    private VoiceStateDone Done(VoiceStateKey state, VoiceMembership membership, string token) => new(
        state.UserId,
        membership.Channel.ChannelId,
        membership.Channel.GuildId,
        membership.SessionId,
        membership.Flags,
        token,
        placement.EndpointOf(membership.Node));

    private static ImmutableArray<LvspNotice> NotPlaced(LvspRequest request) => request switch
    {
        ChannelRequest channel => [new ChannelDestroyed(channel.ChannelId, channel.GuildId, LvspReason.NoCapacity)],
        VoiceStateCreate create => [new ChannelDestroyed(create.ChannelId, create.GuildId, LvspReason.NoCapacity)],
        _ => [],
    };

    private static void Count(LvspRequest request, string outcome) => GatewaysTelemetry.LvspRequests.Add(
        1,
        new KeyValuePair<string, object?>("kind", request.GetType().Name),
        new KeyValuePair<string, object?>("outcome", outcome));

    private static partial class Log
    {
        [LoggerMessage(EventId = 304, Level = LogLevel.Error, Message = "{Request} failed.")]
        public static partial void Failed(ILogger logger, string request, Exception error);

        [LoggerMessage(EventId = 305, Level = LogLevel.Warning, Message = "{Request} was not carried out: {Failure}.")]
        public static partial void NotPlaced(ILogger logger, string request, AskFailure failure);
    }
}
