using System.Net;
using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Domain.VoiceStates;
using VoiceCluster.Gateways.Sockets;
using VoiceCluster.Protocol.Gateway;

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
    private readonly bool _isSpliced;
    private IPAddress? _peer;
    private IGatewaySocket? _socket;
    private VoiceGatewayConnection _connection;
    private VoiceSession? _session;

    /// <summary>Socket and connection belong to the actor that holds the session, and are not touched here any more.</summary>
    private bool _isHandedOver;

    private TimeSpan? _deadline;

    /// <summary>An actor for a socket.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="version">The version that its client asked for.</param>
    /// <param name="peer">The client's address.</param>
    /// <param name="services">What all of them share.</param>
    /// <param name="isSpliced">Whether another node has the socket, and has sent HELLO.</param>
    public VoiceGatewayActor(
        IGatewaySocket socket, VoiceGatewayVersion version, IPAddress? peer, VoiceGatewayServices services, bool isSpliced = false)
    {
        _socket = socket;
        _peer = peer;
        _services = services;
        _isSpliced = isSpliced;
        _connection = new VoiceGatewayConnection(version, services.Options, Now, helloSent: isSpliced);
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
                _deadline = null;
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
        _socket?.CloseUnowned((int)close.Code, close.Reason);
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
            ClaimEnd.Drained => (VoiceCloseCode.VoiceServerCrashed, "The server is emptied"),
            _ => (VoiceCloseCode.SessionNoLongerValid, "The session expired"),
        };
        CloseAndEnd(code, reason, release: end == ClaimEnd.Drained);
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
        _services.Sessions.Remove(session.ClaimId);
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

    private GatewayAddress Self()
    {
        var self = (LocalAddress)Context.Self;
        return new GatewayAddress(self.Node, self.Name);
    }

    /// <summary>Most messages move no deadline: what a user is told of a crowd must not cost a timer each.</summary>
    private void SetDeadline()
    {
        if (_connection.NextTimeout == _deadline)
        {
            return;
        }

        _deadline = _connection.NextTimeout;
        if (_deadline is { } due)
        {
            Context.SetTimer(nameof(VoiceDeadline), due > Now ? due - Now : TimeSpan.Zero, new VoiceDeadline());
        }
        else
        {
            Context.CancelTimer(nameof(VoiceDeadline));
        }
    }

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

        [LoggerMessage(EventId = 326, Level = LogLevel.Debug, Message = "{Link} had told of {Told} others in the call, and corrected this to {Present}.")]
        public static partial void ParticipantsCorrected(ILogger logger, ActorAddress link, int told, int present);
    }
}
