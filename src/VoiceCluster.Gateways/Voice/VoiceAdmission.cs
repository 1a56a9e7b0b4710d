using System.Security.Cryptography;
using System.Text;
using VoiceCluster.Cluster;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Cluster.Placement;
using VoiceCluster.Cluster.Reconciliation;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.Directory;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Domain.VoiceStates;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Gateways.Voice;

/// <summary>Decides who may begin or resume a voice session: finds the voice state by the token, claims it, gets it its place.</summary>
/// <remarks>Holds no state. Safe for calls from any thread. An entity that does not answer is an <see cref="AskException"/>.</remarks>
internal sealed class VoiceAdmission(
    Lazy<IEntityHost> host,
    IVoiceDirectory directory,
    IMediaPlane media,
    LocalSessions sessions,
    IVoicePlacement placement,
    VoiceSettings settings,
    TimeProvider time)
{
    /// <summary>How many blocks of sources are proposed before a channel counts as full.</summary>
    private const int MaxProposals = 8;

    private static readonly TimeSpan AskDeadline = TimeSpan.FromSeconds(5);

    /// <summary>The wait before an owner that cannot be reached is looked for again.</summary>
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>Claims the voice state that an identify names and opens its media.</summary>
    /// <param name="identify">What the client sent.</param>
    /// <param name="version">The version of its socket.</param>
    /// <param name="gateway">The actor with the socket.</param>
    /// <param name="onlyHere">Whether to begin here even if the session that the client identifies for again is on another node.</param>
    /// <param name="cancellation">Ends the questions.</param>
    public async Task<VoiceAdmitted> AdmitAsync(
        Identify identify,
        VoiceGatewayVersion version,
        GatewayAddress gateway,
        bool onlyHere,
        CancellationToken cancellation)
    {
        if (await FindAsync(identify, cancellation) is not var (state, channelToken))
        {
            return VoiceAdmitted.Refused(VoiceCloseCode.AuthenticationFailed, "Wrong token");
        }

        var current = await ReadStateAsync(state, cancellation);
        if (!IsServerOf(identify.ServerId, state, current.Membership))
        {
            return VoiceAdmitted.Refused(VoiceCloseCode.ServerNotFound, "Unknown server");
        }

        if (identify.ChannelId is { } channelId && current.Membership is { } member && member.Channel.ChannelId != channelId)
        {
            return VoiceAdmitted.Refused(VoiceCloseCode.SessionNoLongerValid, "Another channel");
        }

        if (!onlyHere && FindElsewhere(current, identify, channelToken, gateway.Node) is { } holder)
        {
            return VoiceAdmitted.HeldBy(holder);
        }

        var claim = new VoiceStateCommand.Claim(Guid.NewGuid(), gateway, identify.SessionId, settings.AcceptAnyFirstSessionId, ProcessOf(media));
        var request = new ClaimVoiceState(state, claim, channelToken is null ? identify.Token : null, channelToken);

        // Before it is granted: whoever asks for it must not be told that it is not held.
        sessions.Expect(claim.ClaimId);
        var admitted = VoiceAdmitted.Refused(VoiceCloseCode.VoiceServerCrashed, "The server is busy");
        try
        {
            admitted = await ClaimAsync(request, identify, version, cancellation);
            return admitted;
        }
        finally
        {
            if (admitted.Session is null)
            {
                sessions.Remove(claim.ClaimId);
            }
        }
    }

    private async Task<VoiceAdmitted> ClaimAsync(
        ClaimVoiceState request, Identify identify, VoiceGatewayVersion version, CancellationToken cancellation)
    {
        var (state, claim) = (request.State, request.Command);
        return await host.Value.AskStateAsync(request, AskDeadline, cancellation) switch
        {
            { Refusal: VoiceStateRefusal.WrongToken } => VoiceAdmitted.Refused(VoiceCloseCode.AuthenticationFailed, "Wrong token"),
            { Changed: true, Membership: { } membership } => await PlaceAsync(claim, state, membership, identify, version, cancellation),
            _ => VoiceAdmitted.Refused(VoiceCloseCode.SessionNoLongerValid, "Unknown session"),
        };
    }

    /// <summary>Finds the actor that holds the session which a resume names; null when there is none.</summary>
    public async Task<VoiceClaim?> FindHolderAsync(Resume resume, CancellationToken cancellation)
    {
        var token = await directory.FindTokenAsync(resume.Token, cancellation);
        var found = token switch
        {
            TokenGrant.ToVoiceState grant => grant.State,
            TokenGrant.ToChannel grant when settings.AcceptChannelToken => await FindInScopeAsync(grant.Channel, resume.SessionId, cancellation),
            _ => (VoiceStateKey?)null,
        };
        if (found is not { } state)
        {
            return null;
        }

        var reply = await ReadStateAsync(state, cancellation);
        return reply.Membership is { } membership
            && membership.SessionId == resume.SessionId
            && IsServerOf(resume.ServerId, state, membership)
            && (resume.ChannelId is not { } named || named == membership.Channel.ChannelId)
            && Opens(reply, (token as TokenGrant.ToChannel)?.Channel, resume.Token)
            ? membership.Claim
            : null;
    }

    /// <summary>The incarnation that this process began with; 0 when it is not known.</summary>
    public static long ProcessOf(IMediaPlane media) => media.Workers is [{ Id.Node.Incarnation: var process }, ..] ? process : 0;

    /// <summary>
    /// The session that a repeated identify is for, if it is on another node and the client did not choose this one: it was told one address for both.
    /// </summary>
    private VoiceClaim? FindElsewhere(VoiceStateReply current, Identify identify, ChannelKey? channelToken, NodeId self) =>
        current.Membership is { Claim: { Gateway.Node: var node } claim } membership
        && node != self
        && membership.SessionId == identify.SessionId
        && placement.Takes(node)
        && placement.EndpointOf(node) == placement.EndpointOf(self)
        && Opens(current, channelToken, identify.Token)
            ? claim
            : null;

    /// <summary>Whether a token that the directory knows still opens the state: the directory may remember an older one while the store is away.</summary>
    private static bool Opens(VoiceStateReply state, ChannelKey? channelToken, string presented) => channelToken is { } channel
        ? channel == state.Membership?.Channel
        : state.Token is { } token && AreEqual(token, presented);

    private static bool AreEqual(string token, string presented) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(presented));

    /// <summary>The voice state that the token opens for this user, and the channel if it is a channel's token.</summary>
    private async ValueTask<(VoiceStateKey State, ChannelKey? ChannelToken)?> FindAsync(Identify identify, CancellationToken cancellation) =>
        await directory.FindTokenAsync(identify.Token, cancellation) switch
        {
            TokenGrant.ToVoiceState grant when grant.State.UserId == identify.UserId => (grant.State, null),
            TokenGrant.ToChannel { Channel: var channel } when settings.AcceptChannelToken && await IsTokenOfAsync(channel, identify.Token, cancellation) =>
                (new VoiceStateKey(channel.Realm, channel.ScopeId, identify.UserId), channel),
            _ => null,
        };

    /// <summary>The owner of a shard may just have died: others come to own it within seconds, for which the client waits rather than come back again and again.</summary>
    private async Task<VoiceStateReply> ReadStateAsync(VoiceStateKey state, CancellationToken cancellation)
    {
        var begun = time.GetTimestamp();
        while (true)
        {
            try
            {
                return await host.Value.AskStateAsync(new GetVoiceState(state), AskDeadline, cancellation);
            }
            catch (AskException error) when (error.Failure == AskFailure.Unreachable && time.GetElapsedTime(begun) < AskDeadline)
            {
                await Task.Delay(RetryInterval, time, cancellation);
            }
        }
    }

    /// <summary>The directory may still know the token of a channel that was destroyed since: the channel itself decides.</summary>
    private async ValueTask<bool> IsTokenOfAsync(ChannelKey channel, string presented, CancellationToken cancellation)
    {
        var reply = await host.Value.AskChannelAsync(new GetVoiceChannel(channel), AskDeadline, cancellation);
        return reply.Token is { } token && AreEqual(token, presented);
    }

    private async ValueTask<VoiceStateKey?> FindInScopeAsync(ChannelKey channel, string sessionId, CancellationToken cancellation)
    {
        var named = await directory.FindSessionAsync(channel.Realm, sessionId, cancellation);
        return named.Where(state => state.ScopeId == channel.ScopeId).Select(state => (VoiceStateKey?)state).FirstOrDefault();
    }

    /// <summary>The server is the guild or, for a private call, the channel; the channel's id is taken for a guild's channel too.</summary>
    private static bool IsServerOf(Snowflake serverId, VoiceStateKey state, VoiceMembership? membership) =>
        serverId == state.ScopeId || serverId == membership?.Channel.ChannelId;

    private async Task<VoiceAdmitted> PlaceAsync(
        VoiceStateCommand.Claim claim,
        VoiceStateKey state,
        VoiceMembership membership,
        Identify identify,
        VoiceGatewayVersion version,
        CancellationToken cancellation)
    {
        if (!media.TryOpenSession(new OpenMediaSession(membership.Channel, state.UserId), out var offer))
        {
            Release(state, claim.ClaimId);
            return VoiceAdmitted.Refused(VoiceCloseCode.VoiceServerCrashed, "No media capacity");
        }

        try
        {
            var session = NewSession(claim, state, membership, identify, version, offer);
            if (await AttachAsync(session, claim.Gateway, cancellation) is { } attached)
            {
                return new VoiceAdmitted(attached, default, null);
            }
        }
        catch (AskException)
        {
            Abandon(state, claim.ClaimId, offer.Session);
            throw;
        }

        Abandon(state, claim.ClaimId, offer.Session);
        return VoiceAdmitted.Refused(VoiceCloseCode.SessionNoLongerValid, "The channel is gone");
    }

    /// <summary>Asks the channel for a place, with another block of sources each time the proposed one is taken.</summary>
    private async Task<VoiceSession?> AttachAsync(VoiceSession session, GatewayAddress gateway, CancellationToken cancellation)
    {
        for (var proposal = 0; proposal < MaxProposals; proposal++)
        {
            var attach = new VoiceChannelCommand.AttachSession(session.ToChannelSession(gateway));
            var reply = await host.Value.AskChannelAsync(new VoiceChannelRequest(session.Channel, attach), AskDeadline, cancellation);
            if (reply.Refusal is null)
            {
                return session;
            }

            if (reply.Refusal != AttachRefusal.SourceTaken || !media.TryReplaceSources(session.Media.Session, out var ssrc))
            {
                return null;
            }

            session = session.WithSources(ssrc);
        }

        return null;
    }

    private void Abandon(VoiceStateKey state, Guid claimId, MediaSessionId session)
    {
        media.CloseSession(session);
        Release(state, claimId);
    }

    private void Release(VoiceStateKey state, Guid claimId) =>
        host.Value.Tell(new VoiceStateRequest(state, new VoiceStateCommand.Release(claimId)));

    private VoiceSession NewSession(
        VoiceStateCommand.Claim claim,
        VoiceStateKey state,
        VoiceMembership membership,
        Identify identify,
        VoiceGatewayVersion version,
        MediaSessionOffer offer) => new()
        {
            ClaimId = claim.ClaimId,
            State = state,
            Channel = membership.Channel,
            SessionId = claim.SessionId,
            Media = offer,
            Ready = new VoiceReady(
                offer.Ssrc,
                offer.Address.ToString(),
                offer.Port,
                media.Modes.ToValueArray(),
                VoiceReady.AssignStreams(offer.Ssrc, identify.Streams)),
            Outbox = new VoiceOutbox(version),
        };
}

/// <summary>The outcome of an identify: a session, a close, or another node to ask.</summary>
internal sealed record VoiceAdmitted(VoiceSession? Session, VoiceCloseCode Code, string? Reason, VoiceClaim? Holder = null)
{
    /// <summary>The session is on another node.</summary>
    public static VoiceAdmitted HeldBy(VoiceClaim holder) => new(null, default, null, holder);

    /// <summary>A refusal.</summary>
    public static VoiceAdmitted Refused(VoiceCloseCode code, string reason) => new(null, code, reason);
}
