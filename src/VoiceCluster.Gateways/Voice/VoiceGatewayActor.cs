using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Domain.VoiceStates;
using VoiceCluster.Gateways.Sockets;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Gateways.Voice;

/// <summary>One user's link: moves frames between a socket, the connection's state machine, the entities and the media plane.</summary>
/// <remarks>
/// It begins with a socket and, once that has identified, holds the session: through the loss of its socket, until the session is
/// resumed on another one or the voice state ends it.
/// </remarks>
internal sealed partial class VoiceGatewayActor : Actor
{
    private static readonly TimeSpan AskDeadline = TimeSpan.FromSeconds(5);

    /// <summary>How much longer than the resume window a detached session waits to be told that it is over.</summary>
    private static readonly TimeSpan OrphanGrace = TimeSpan.FromSeconds(30);

    private readonly VoiceGatewayServices _services;
    private IPAddress? _peer;
    private GatewaySocket? _socket;
    private VoiceGatewayConnection _connection;
    private VoiceSession? _session;

    /// <summary>Socket and connection belong to the actor that holds the session, and are not touched here any more.</summary>
    private bool _isHandedOver;

    public VoiceGatewayActor(GatewaySocket socket, VoiceGatewayVersion version, IPAddress? peer, VoiceGatewayServices services)
    {
        _socket = socket;
        _peer = peer;
        _services = services;
        _connection = new VoiceGatewayConnection(version, services.Options, Now);
    }

    private TimeSpan Now => _services.Time.GetElapsedTime(0);

    private IMediaPlane Media => _services.Media;

    /// <summary>Libraries of that age learn that somebody is there, and the source of a silent user, from opcode 12 only.</summary>
    private bool LearnsSourcesFromVideo => !_connection.Version.SequenceNumbers;

    /// <inheritdoc />
    protected override ValueTask StartAsync(CancellationToken cancellation) => DrainAsync(cancellation);

    /// <inheritdoc />
    protected override async ValueTask ReceiveAsync(IActorMessage message, CancellationToken cancellation)
    {
        switch (message)
        {
            case FrameReceived frame:
                await ReadAsync(frame, cancellation);
                return;
            case SocketClosed closed when closed.Socket == _socket:
                _socket = null;
                _connection.HandlePeerClosed(closed.Code);
                break;
            case FrameTooLarge tooLarge when tooLarge.Socket == _socket:
                _connection.Close(VoiceCloseCode.FailedToDecode, "Message too large");
                break;
            case VoiceDeadline:
                _connection.HandleTimeout(Now);
                break;
            case AdoptSocket adopt:
                await AdoptAsync(adopt, cancellation);
                break;
            case BeginVoiceShutdown:
                _connection.Close(VoiceCloseCode.VoiceServerCrashed, "The server stops");
                break;
            default:
                ReceiveForSession(message);
                break;
        }

        await DrainAsync(cancellation);
    }

    /// <inheritdoc />
    protected override ValueTask StopAsync()
    {
        if (_session is not null)
        {
            EndSession(release: true);
        }

        _socket?.Close((int)VoiceCloseCode.VoiceServerCrashed, "Internal error");
        return ValueTask.CompletedTask;
    }

    private async ValueTask ReadAsync(FrameReceived frame, CancellationToken cancellation)
    {
        if (frame.Socket == _socket && frame.IsText)
        {
            _connection.HandleText(frame.Payload.Span, Now);
        }
        else if (frame.Socket == _socket)
        {
            _connection.HandleBinary(frame.Payload.Span, Now);
        }

        await DrainAsync(cancellation);
        frame.Socket.Handled();
    }

    private void ReceiveForSession(IActorMessage message)
    {
        if (_session is not { } session)
        {
            return;
        }

        switch (message)
        {
            case ParticipantEntered { Session: var other } when session.InCall && session.Others.Add(other.UserId):
                TellEntered(session, other);
                break;
            case ParticipantLeft left when session.Others.Remove(left.UserId):
                Deliver(session, new ClientDisconnectEvent(left.UserId));
                break;
            case ParticipantSpeaking speaking when session.InCall:
                Deliver(session, new SpeakingEvent(speaking.UserId, speaking.Ssrc, speaking.Speaking));
                break;
            case ParticipantVideo { Session: var other } when session.InCall:
                Deliver(session, VideoOf(other));
                break;
            case SourceStarted started when started.Ssrc == session.Media.Ssrc && session.Speaking == SpeakingFlags.None:
                session.Speaking = SpeakingFlags.Voice;
                TellChannel(session, new VoiceChannelCommand.AnnounceSource(session.ClaimId));
                break;
            case AnnounceSession announce when announce.ClaimId == session.ClaimId:
                TellChannel(session, new VoiceChannelCommand.AttachSession(session.ToChannelSession(Self())));
                break;
            case VideoCodecChosen chosen when chosen.ClaimId == session.ClaimId && chosen.Codec != session.VideoCodec:
                session.VideoCodec = chosen.Codec;
                Deliver(session, new SessionUpdateEvent(VideoCodec: chosen.Codec));
                break;
            case EndClaim end when end.ClaimId == session.ClaimId:
                CloseAndEnd(end.Reason);
                break;
            case KeyExhausted:
                CloseAndEnd(VoiceCloseCode.SessionNoLongerValid, "A new key is needed", release: true);
                break;
            case SessionOrphaned:
                CloseAndEnd(VoiceCloseCode.SessionNoLongerValid, "The session is over", release: true);
                break;
        }
    }

    private void TellEntered(VoiceSession session, ChannelSession other)
    {
        Deliver(session, new ClientsConnectEvent([other.UserId]));
        if (LearnsSourcesFromVideo)
        {
            Deliver(session, VideoOf(other));
        }
    }

    private async ValueTask DrainAsync(CancellationToken cancellation)
    {
        while (!_isHandedOver && _connection.TryPoll(out var output))
        {
            await PerformAsync(output, cancellation);
        }

        if (!_isHandedOver)
        {
            SetDeadline();
        }
    }

    private async ValueTask PerformAsync(VoiceOutput output, CancellationToken cancellation)
    {
        switch (output)
        {
            case VoiceOutput.SendText text:
                Send(text.Utf8);
                break;
            case VoiceOutput.Close close:
                CloseSocket(close);
                break;
            case VoiceOutput.PeerClosed closed:
                GatewaysTelemetry.CountClose(GatewaysTelemetry.VoiceCloses, closed.Code, "client");
                LoseSocket(closed.EndsSession);
                break;
            case VoiceOutput.IdentifyReceived identify:
                await IdentifyAsync(identify.Identify, cancellation);
                break;
            case VoiceOutput.ResumeReceived resume:
                await ResumeAsync(resume.Resume, cancellation);
                break;
            case VoiceOutput.SelectProtocolReceived selected when _session is { } session:
                await DescribeAsync(session, selected, cancellation);
                break;
            default:
                PerformForSession(output);
                break;
        }
    }

    private void PerformForSession(VoiceOutput output)
    {
        if (_session is not { } session)
        {
            return;
        }

        switch (output)
        {
            case VoiceOutput.SpeakingReceived { Speaking.Flags: var flags }:
                session.Speaking = flags == SpeakingFlags.None ? session.Speaking : flags;
                TellChannel(session, new VoiceChannelCommand.SetSpeaking(session.ClaimId, flags));
                break;
            case VoiceOutput.VideoReceived received when received.Video.VideoSsrc.Value != 0 || session.Video is not null:
                session.Video = session.Assign(received.Video);
                TellChannel(session, new VoiceChannelCommand.SetVideo(session.ClaimId, session.Video));
                break;
            case VoiceOutput.MediaSinkWantsReceived { Wants: var wants }:
                Media.SetSinkWants(
                    session.Media.Session,
                    wants.Any ?? 100,
                    wants.Sources.DistinctBy(source => source.Ssrc).ToImmutableDictionary(source => source.Ssrc, source => source.Quality));
                break;
            case VoiceOutput.SessionUpdateReceived { Update: var update }:
                Media.SetCodecs(session.Media.Session, CodecsOf(update.Codecs));
                TellCodecs(session, update.Codecs);
                break;
            case VoiceOutput.NoRouteReceived:
                Log.NoRoute(_services.Logger, Context.Self, session.Media.Address, session.Media.Port);
                break;
        }
    }

    private async ValueTask IdentifyAsync(Identify identify, CancellationToken cancellation)
    {
        var admitted = await AdmitAsync(identify, cancellation);
        if (admitted.Session is not { } session)
        {
            _connection.RejectAuthentication(admitted.Code, admitted.Reason!);
            return;
        }

        _session = session;
        _socket?.Identified();
        GatewaysTelemetry.VoiceSessions.Add(1);
        Context.Host.Tell(session.Media.Worker, new BindMediaSession(session.Media.Session, Self()));
        Log.Identified(_services.Logger, Context.Self, session.State, session.Channel, _connection.Version.Number);
        _connection.AcceptIdentify(session.Ready, session.Outbox, Now);
    }

    private async ValueTask<VoiceAdmitted> AdmitAsync(Identify identify, CancellationToken cancellation)
    {
        try
        {
            return await _services.Admission.AdmitAsync(identify, _connection.Version, Self(), cancellation);
        }
        catch (AskException error)
        {
            Log.NotAnswered(_services.Logger, Context.Self, error.Failure);
            return VoiceAdmitted.Refused(VoiceCloseCode.VoiceServerCrashed, "The server is busy");
        }
    }

    private async ValueTask ResumeAsync(Resume resume, CancellationToken cancellation)
    {
        _isHandedOver = await TryHandOverAsync(resume, cancellation);
        if (_isHandedOver)
        {
            _socket = null;
            Context.Stop();
        }
        else
        {
            _connection.RejectAuthentication(VoiceCloseCode.SessionNoLongerValid, "Unknown session");
        }
    }

    private async ValueTask<bool> TryHandOverAsync(Resume resume, CancellationToken cancellation)
    {
        try
        {
            var holder = await _services.Admission.FindHolderAsync(resume, cancellation);
            return holder is { } address
                && address.Node == Context.Host.Node.Node
                && await OfferAsync(LocalAddress.Of(address), resume, cancellation);
        }
        catch (AskException error)
        {
            Log.NotAnswered(_services.Logger, Context.Self, error.Failure);
            return false;
        }
    }

    /// <summary>Offers socket and connection to the session's holder, who has them from its answer on.</summary>
    private async ValueTask<bool> OfferAsync(LocalAddress holder, Resume resume, CancellationToken cancellation)
    {
        try
        {
            var adopt = new AdoptSocket(_socket!, _connection, _peer, resume);
            return (await Context.Host.AskAsync(holder, adopt, AskDeadline, cancellation)).Adopted;
        }
        catch (AskException error) when (error.Failure is AskFailure.Timeout or AskFailure.Faulted)
        {
            // The holder may still take them, or has begun to. Only the socket is safe to touch: the client will come again.
            Log.NotAnswered(_services.Logger, Context.Self, error.Failure);
            _socket!.Close((int)VoiceCloseCode.VoiceServerCrashed, "The server is busy");
            return true;
        }
    }

    /// <summary>Takes a resuming socket over; the old one, if it still hangs on, is replaced.</summary>
    private async ValueTask AdoptAsync(AdoptSocket adopt, CancellationToken cancellation)
    {
        if (_session is not { } session || session.SessionId != adopt.Resume.SessionId)
        {
            Context.Reply(new SocketAdopted(Adopted: false));
            return;
        }

        var isOpen = adopt.Connection.Phase != VoiceConnectionPhase.Closed;
        if (!adopt.Connection.AcceptResume(session.Ready, session.Outbox, adopt.Resume.SequenceAck, session.InCall, Now))
        {
            // The one who offered the socket closes it. A session that cannot be resumed is over, unless its own socket still lives.
            Context.Reply(new SocketAdopted(Adopted: false));
            if (isOpen && _socket is null)
            {
                EndSession(release: true);
            }

            return;
        }

        if (_socket is { } replaced)
        {
            session.OthersWhenDetached = [.. session.Others];
            replaced.Close((int)VoiceCloseCode.SessionNoLongerValid, "Resumed elsewhere");
        }

        TakeSocket(session, adopt);
        Context.Reply(new SocketAdopted(Adopted: true));
        Context.CancelTimer(nameof(SessionOrphaned));
        Context.Host.Tell(new VoiceStateRequest(session.State, new VoiceStateCommand.Reattach(session.ClaimId)));
        if (session.InCall && !_connection.Version.SequenceNumbers)
        {
            await CatchUpAsync(session, cancellation);
        }
    }

    private void TakeSocket(VoiceSession session, AdoptSocket adopt)
    {
        _socket = adopt.Socket;
        _connection = adopt.Connection;
        _peer = adopt.Peer;
        _socket.SetOwner((LocalAddress)Context.Self);
        _socket.Identified();
        if (_peer is { } peer)
        {
            Media.ConfirmAddress(session.Media.Session, peer);
        }
    }

    /// <summary>Below version 8 nothing is replayed: the client is told what is different now.</summary>
    private async ValueTask CatchUpAsync(VoiceSession session, CancellationToken cancellation)
    {
        if (await EnterCallAsync(session, cancellation) is not { } others)
        {
            return;
        }

        var present = others.Select(other => other.UserId).ToImmutableHashSet();
        foreach (var gone in session.OthersWhenDetached.Except(present))
        {
            _connection.Send(new ClientDisconnectEvent(gone));
        }

        SendEntered(present.Except(session.OthersWhenDetached));
        SendSpeakers(others);
        if (!session.Codecs.IsEmpty)
        {
            _connection.Send(new SessionUpdateEvent(VideoCodec: session.VideoCodec));
        }
    }

    private async ValueTask DescribeAsync(VoiceSession session, VoiceOutput.SelectProtocolReceived selected, CancellationToken cancellation)
    {
        var key = RandomNumberGenerator.GetBytes(VoiceSessionDescription.SecretKeyLength);
        try
        {
            await DescribeAsync(session, selected, key, cancellation);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private async ValueTask DescribeAsync(
        VoiceSession session,
        VoiceOutput.SelectProtocolReceived selected,
        byte[] key,
        CancellationToken cancellation)
    {
        var codecs = CodecsOf(selected.SelectProtocol.Codecs);
        Media.ConfigureTransport(session.Media.Session, new MediaTransport(selected.Mode, key, codecs));
        ConfirmAddresses(session, selected.SelectProtocol);
        ImmutableArray<ChannelSession> others = [];
        if (session.InCall)
        {
            TellCodecs(session, selected.SelectProtocol.Codecs);
        }
        else
        {
            session.Codecs = selected.SelectProtocol.Codecs;
            if (await EnterCallAsync(session, cancellation) is not { } entered)
            {
                return;
            }

            others = entered;
            session.InCall = true;
            Context.Host.Tell(new VoiceStateRequest(session.State, new VoiceStateCommand.ClaimReady(session.ClaimId)));
            _connection.Send(new MediaSinkWantsEvent(new MediaSinkWants(100)));
            SendEntered(session.Others);
        }

        var description = new VoiceSessionDescription(selected.Mode, key.ToValueArray(), Convert.ToHexStringLower(session.ClaimId.ToByteArray()));
        _connection.SendSessionDescription(description with { VideoCodec = session.VideoCodec });
        SendSpeakers(others);
        await DrainAsync(cancellation);

        // Nothing may reach the client before its session description: many take the first datagram for the discovery answer.
        _socket?.TryNotify(() => Media.EnableSending(session.Media.Session));
    }

    /// <summary>Enters the call, or only asks who is in it; without an answer the session ends so that the client starts over.</summary>
    private async ValueTask<ImmutableArray<ChannelSession>?> EnterCallAsync(VoiceSession session, CancellationToken cancellation)
    {
        try
        {
            var enter = new VoiceChannelRequest(session.Channel, new VoiceChannelCommand.EnterCall(session.ClaimId, session.Codecs));
            var reply = await Context.Host.AskChannelAsync(enter, AskDeadline, cancellation);
            session.VideoCodec = reply.VideoCodec;
            session.Others.Clear();
            session.Others.UnionWith(reply.Others.Select(other => other.UserId));
            return reply.Others;
        }
        catch (AskException error)
        {
            Log.NotAnswered(_services.Logger, Context.Self, error.Failure);
            CloseAndEnd(VoiceCloseCode.VoiceServerCrashed, "The server is busy", release: true);
            return null;
        }
    }

    private void TellCodecs(VoiceSession session, ValueArray<VoiceCodec> codecs)
    {
        session.Codecs = codecs;
        TellChannel(session, new VoiceChannelCommand.SetCodecs(session.ClaimId, codecs));
    }

    private void SendEntered(IEnumerable<Snowflake> users)
    {
        var entered = users.ToValueArray();
        if (!entered.IsEmpty)
        {
            _connection.Send(new ClientsConnectEvent(entered));
        }
    }

    private void SendSpeakers(ImmutableArray<ChannelSession> others)
    {
        foreach (var other in others)
        {
            if (other.Speaking != SpeakingFlags.None)
            {
                _connection.Send(new SpeakingEvent(other.UserId, other.Ssrc, other.Speaking));
            }

            if (other.Video is { IsActive: true } || LearnsSourcesFromVideo)
            {
                _connection.Send(VideoOf(other));
            }
        }
    }

    private void ConfirmAddresses(VoiceSession session, SelectProtocol selected)
    {
        if (selected.Address is { } text && IPAddress.TryParse(text, out var claimed))
        {
            Media.ConfirmAddress(session.Media.Session, claimed);
        }

        if (_peer is { } peer)
        {
            Media.ConfirmAddress(session.Media.Session, peer);
        }
    }

    /// <summary>Sends now, or keeps for a resume.</summary>
    private void Deliver(VoiceSession session, VoiceEvent voiceEvent)
    {
        if (_socket is null)
        {
            session.Outbox.Append(voiceEvent);
        }
        else
        {
            _connection.Send(voiceEvent);
        }
    }

    private void Send(ReadOnlyMemory<byte> text)
    {
        if (_socket is { } socket && !socket.TrySend(text))
        {
            Log.TooSlow(_services.Logger, Context.Self);
            _connection.Close(VoiceCloseCode.SessionTimeout, "Reads too slowly");
        }
    }

    private void CloseSocket(VoiceOutput.Close close)
    {
        GatewaysTelemetry.CountClose(GatewaysTelemetry.VoiceCloses, (int)close.Code, "server");
        Log.Closing(_services.Logger, Context.Self, (int)close.Code, close.Reason);
        _socket?.Close((int)close.Code, close.Reason);
        LoseSocket(endsSession: false);
    }

    private void LoseSocket(bool endsSession)
    {
        _socket = null;
        if (_session is not { } session)
        {
            Context.Stop();
        }
        else if (endsSession)
        {
            EndSession(release: true);
        }
        else
        {
            session.OthersWhenDetached = [.. session.Others];
            Context.Host.Tell(new VoiceStateRequest(session.State, new VoiceStateCommand.Detach(session.ClaimId)));
            Context.SetTimer(nameof(SessionOrphaned), _services.Settings.ResumeWindow + OrphanGrace, new SessionOrphaned());
        }
    }

    private void CloseAndEnd(ClaimEnd end)
    {
        var (code, reason) = end switch
        {
            ClaimEnd.Replaced => (VoiceCloseCode.SessionNoLongerValid, "Another connection took over"),
            ClaimEnd.Removed => (VoiceCloseCode.Disconnected, "Left or moved"),
            ClaimEnd.CallTerminated => (VoiceCloseCode.CallTerminated, "The call ended"),
            _ => (VoiceCloseCode.SessionNoLongerValid, "The session expired"),
        };
        CloseAndEnd(code, reason, release: false);
    }

    private void CloseAndEnd(VoiceCloseCode code, string reason, bool release)
    {
        EndSession(release);
        _connection.Close(code, reason);
    }

    private void EndSession(bool release)
    {
        var session = _session!;
        _session = null;
        GatewaysTelemetry.VoiceSessions.Add(-1);
        TellChannel(session, new VoiceChannelCommand.DetachSession(session.ClaimId));
        Context.Host.Tell(session.Media.Worker, new UnbindMediaSession(session.Media.Session));
        Media.CloseSession(session.Media.Session);
        if (release)
        {
            Context.Host.Tell(new VoiceStateRequest(session.State, new VoiceStateCommand.Release(session.ClaimId)));
        }

        if (_socket is null)
        {
            Context.Stop();
        }
    }

    private void TellChannel(VoiceSession session, VoiceChannelCommand command) =>
        Context.Host.Tell(new VoiceChannelRequest(session.Channel, command));

    private GatewayAddress Self()
    {
        var self = (LocalAddress)Context.Self;
        return new GatewayAddress(self.Node, self.Name);
    }

    private void SetDeadline()
    {
        if (_connection.NextTimeout is { } due)
        {
            Context.SetTimer(nameof(VoiceDeadline), due > Now ? due - Now : TimeSpan.Zero, new VoiceDeadline());
        }
        else
        {
            Context.CancelTimer(nameof(VoiceDeadline));
        }
    }

    private static VideoEvent VideoOf(ChannelSession session) => new(
        session.UserId,
        session.Ssrc,
        session.Video?.VideoSsrc ?? default,
        session.Video?.Streams ?? default);

    private static ImmutableArray<MediaCodec> CodecsOf(ValueArray<VoiceCodec> codecs) =>
        [.. codecs.Select(codec => new MediaCodec(codec.Name, codec.Type == "video", codec.PayloadType, codec.RtxPayloadType))];

    private static partial class Log
    {
        [LoggerMessage(EventId = 321, Level = LogLevel.Debug, Message = "{Link} is {State} in {Channel}, gateway version {Version}.")]
        public static partial void Identified(ILogger logger, ActorAddress link, VoiceStateKey state, ChannelKey channel, int version);

        [LoggerMessage(EventId = 322, Level = LogLevel.Debug, Message = "{Link} closes with {Code}: {Reason}.")]
        public static partial void Closing(ILogger logger, ActorAddress link, int code, string reason);

        [LoggerMessage(EventId = 323, Level = LogLevel.Warning, Message = "{Link}: an entity did not answer: {Failure}.")]
        public static partial void NotAnswered(ILogger logger, ActorAddress link, AskFailure failure);

        [LoggerMessage(EventId = 324, Level = LogLevel.Information, Message = "{Link} found no route to {Address}:{Port}.")]
        public static partial void NoRoute(ILogger logger, ActorAddress link, IPAddress address, int port);

        [LoggerMessage(EventId = 325, Level = LogLevel.Information, Message = "{Link} reads too slowly and is cut.")]
        public static partial void TooSlow(ILogger logger, ActorAddress link);
    }
}
