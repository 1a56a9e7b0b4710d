using VoiceCluster.Protocol.Gateway.Client;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Gateway;

/// <summary>How far a voice gateway socket has come.</summary>
public enum VoiceConnectionPhase
{
    /// <summary>Neither identify nor resume has come.</summary>
    Unidentified,

    /// <summary>The owner decides about an identify or a resume.</summary>
    Authenticating,

    /// <summary>READY was sent, or a session without description was resumed.</summary>
    Ready,

    /// <summary>The session has its description: the user is in the call.</summary>
    Described,

    /// <summary>Closed from either side; every further input is ignored.</summary>
    Closed,
}

/// <summary>The server's side of one voice gateway socket, without the socket.</summary>
/// <remarks>
/// Feed one input, then drain <see cref="TryPoll"/>, then wait until <see cref="NextTimeout"/>. HELLO is the first
/// output. It answers heartbeats and opcode 16 itself, enforces order, deadlines and rate, and reports the rest; the
/// owner answers <c>IdentifyReceived</c>, <c>ResumeReceived</c> and <c>SelectProtocolReceived</c>, each within a deadline.
/// Messages that come while the owner decides are held back and reported afterwards. Owner commands on a closed
/// connection do nothing, since a socket may close at any time; a command out of turn throws.
/// Not thread-safe. <c>now</c> is monotonic and the same clock everywhere.
/// Source: Discord "Voice Connections"; close codes from "Opcodes and Status Codes".
/// </remarks>
public sealed class VoiceGatewayConnection
{
    /// <summary>The most messages held back while the owner decides. Clients send one or two at most.</summary>
    public const int MaxDeferred = 16;

    private const int MaxReasonBytes = 123;

    private readonly VoiceGatewayOptions _options;
    private readonly VoiceTimerTable _timers = new();
    private readonly MessageBudget _budget;
    private readonly Queue<VoiceOutput> _outputs = new();
    private readonly Queue<VoiceClientMessage> _deferred = new();
    private VoiceClientMessage? _authentication;
    private ValueArray<TransportEncryptionMode> _offeredModes;
    private VoiceOutbox? _outbox;

    /// <summary>Begins with an accepted socket.</summary>
    /// <param name="version">From the query of the URL.</param>
    /// <param name="options">Timeouts and limits.</param>
    /// <param name="now">The time of acceptance.</param>
    /// <param name="helloSent">True if another node accepted the socket, sent HELLO and passes the rest on to this one.</param>
    public VoiceGatewayConnection(VoiceGatewayVersion version, VoiceGatewayOptions options, TimeSpan now, bool helloSent = false)
    {
        Version = version;
        _options = options;
        _budget = new MessageBudget(options.MessagesPerMinute, options.MessagesPerSecond, now);
        _timers.Set(VoiceTimer.Identify, now + options.IdentifyTimeout);
        _timers.Set(VoiceTimer.Heartbeat, now + options.HeartbeatTimeout);
        if (!helloSent)
        {
            SendFrame(VoiceServerFrames.Hello(version, options.HeartbeatIntervalMs));
        }
    }

    /// <summary>The version of the socket.</summary>
    public VoiceGatewayVersion Version { get; }

    /// <summary>How far the socket has come.</summary>
    public VoiceConnectionPhase Phase { get; private set; }

    /// <summary>When to call <see cref="HandleTimeout"/>; null once closed.</summary>
    public TimeSpan? NextTimeout => _timers.Next;

    /// <summary>Messages that were legal but said nothing to this server, or came in excess while the owner decided.</summary>
    public long IgnoredMessages { get; private set; }

    private bool IsOpen => Phase != VoiceConnectionPhase.Closed;

    /// <summary>Takes the next output; drain until false after every input and command.</summary>
    public bool TryPoll([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out VoiceOutput? output) => _outputs.TryDequeue(out output);

    /// <summary>Takes one whole text message.</summary>
    /// <param name="utf8">The message; not kept. Longer than <see cref="VoiceClientMessage.MaxBytes"/> closes the socket.</param>
    /// <param name="now">The time.</param>
    public void HandleText(ReadOnlySpan<byte> utf8, TimeSpan now)
    {
        if (!TryPassBudget(now))
        {
            return;
        }

        var error = VoiceClientMessage.TryParse(utf8, out var message, out var opcode);
        if (error == VoiceDecodeError.None)
        {
            Dispatch(message!, now);
        }
        else
        {
            CloseUndecoded(error, opcode);
        }
    }

    /// <summary>Takes one whole binary message. They belong to end-to-end encryption, which is not negotiated, so each closes the socket.</summary>
    /// <param name="payload">An opcode and its payload.</param>
    /// <param name="now">The time.</param>
    public void HandleBinary(ReadOnlySpan<byte> payload, TimeSpan now)
    {
        if (!TryPassBudget(now))
        {
            return;
        }

        if (Phase == VoiceConnectionPhase.Unidentified)
        {
            Close(VoiceCloseCode.NotAuthenticated, "Identify first");
        }
        else if (Phase == VoiceConnectionPhase.Authenticating || payload.IsEmpty)
        {
            Close(VoiceCloseCode.FailedToDecode, "Unexpected binary message");
        }
        else
        {
            Close(VoiceCloseCode.BadRequest, "End-to-end encryption was not negotiated");
        }
    }

    /// <summary>Acts on every deadline that has come.</summary>
    public void HandleTimeout(TimeSpan now)
    {
        while (IsOpen && _timers.TryExpire(now, out var timer))
        {
            var (code, reason) = timer switch
            {
                VoiceTimer.Identify => (VoiceCloseCode.NotAuthenticated, "Identify did not come in time"),
                VoiceTimer.SelectProtocol => (VoiceCloseCode.SessionTimeout, "Select protocol did not come in time"),
                VoiceTimer.Heartbeat => (VoiceCloseCode.SessionTimeout, "Heartbeats are missing"),

                // The fault is on this side: the code invites the client to come back.
                _ => (VoiceCloseCode.VoiceServerCrashed, "The server did not answer in time"),
            };
            Close(code, reason);
        }
    }

    /// <summary>The client closed the socket, or it was lost.</summary>
    /// <param name="code">The client's close code; null if there was none.</param>
    public void HandlePeerClosed(int? code)
    {
        if (IsOpen)
        {
            _outputs.Enqueue(new VoiceOutput.PeerClosed(code, VoiceCloseCodes.EndsSession(code)));
            Shut();
        }
    }

    /// <summary>Accepts the identify that was reported: sends READY and attaches the session's outbox.</summary>
    /// <param name="ready">What READY says; its modes are the ones that may be selected.</param>
    /// <param name="outbox">A new outbox of this socket's version.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="InvalidOperationException">No identify waits for an answer.</exception>
    public void AcceptIdentify(VoiceReady ready, VoiceOutbox outbox, TimeSpan now)
    {
        if (!IsOpen)
        {
            return;
        }

        TakeAuthentication<Identify>();
        if (!outbox.CanContinueAt(Version))
        {
            throw new InvalidOperationException("The outbox of a new session has the version of its socket.");
        }

        SendFrame(VoiceServerFrames.Ready(Version, ready, _options.HeartbeatIntervalMs));
        Attach(ready, outbox, described: false, now);
    }

    /// <summary>Accepts the resume that was reported: sends opcode 9, then what was missed, unchanged.</summary>
    /// <remarks>
    /// If the outbox no longer holds all that was missed, or its version has another form, the socket is closed with
    /// <see cref="VoiceCloseCode.SessionNoLongerValid"/> instead. Below version 8 nothing is replayed and the owner
    /// sends the present state as events.
    /// </remarks>
    /// <param name="ready">What READY said when the session began.</param>
    /// <param name="outbox">The outbox of the session.</param>
    /// <param name="sequenceAck">What the client received, from its resume.</param>
    /// <param name="described">Whether the session has its description; if not, select protocol is waited for.</param>
    /// <param name="now">The time.</param>
    /// <returns>Whether the session goes on over this socket.</returns>
    /// <exception cref="InvalidOperationException">No resume waits for an answer.</exception>
    public bool AcceptResume(VoiceReady ready, VoiceOutbox outbox, SequenceAck sequenceAck, bool described, TimeSpan now)
    {
        if (!IsOpen)
        {
            return false;
        }

        TakeAuthentication<Resume>();
        if (!outbox.CanContinueAt(Version) || !outbox.TryReplay(sequenceAck, out var missed))
        {
            Close(VoiceCloseCode.SessionNoLongerValid, "What was missed can no longer be replayed");
            return false;
        }

        // Opcode 9 comes first: clients drop some of the replayed messages until they have seen it.
        SendFrame(VoiceServerFrames.Resumed());
        foreach (var frame in missed)
        {
            SendFrame(frame);
        }

        Attach(ready, outbox, described, now);
        return IsOpen;
    }

    /// <summary>Refuses the identify or resume that was reported.</summary>
    /// <exception cref="InvalidOperationException">None waits for an answer.</exception>
    public void RejectAuthentication(VoiceCloseCode code, string reason)
    {
        if (IsOpen)
        {
            TakeAuthentication<VoiceClientMessage>();
            Close(code, reason);
        }
    }

    /// <summary>Answers a select protocol, the first or a later one.</summary>
    /// <exception cref="InvalidOperationException">The session is not ready.</exception>
    public void SendSessionDescription(VoiceSessionDescription description)
    {
        if (!IsOpen)
        {
            return;
        }

        if (_outbox is null)
        {
            throw new InvalidOperationException("A session is described after it was accepted.");
        }

        _timers.Clear(VoiceTimer.SessionDescription);
        _timers.Clear(VoiceTimer.SelectProtocol);
        Phase = VoiceConnectionPhase.Described;
        SendFrame(VoiceServerFrames.SessionDescription(description));
    }

    /// <summary>Sends an event through the session's outbox. Once closed it is only kept there, for a resume.</summary>
    /// <exception cref="InvalidOperationException">The session was never accepted on this socket.</exception>
    public void Send(VoiceEvent voiceEvent)
    {
        if (_outbox is null)
        {
            throw new InvalidOperationException("Events are sent after a session was accepted; before, its outbox takes them.");
        }

        var frame = _outbox.Append(voiceEvent);
        if (IsOpen && !frame.IsEmpty)
        {
            SendFrame(frame);
        }
    }

    /// <summary>Closes the socket after what was sent before.</summary>
    /// <param name="code">The code.</param>
    /// <param name="reason">For people; cut to 123 bytes. Must not hold secrets.</param>
    public void Close(VoiceCloseCode code, string reason)
    {
        if (IsOpen)
        {
            _outputs.Enqueue(new VoiceOutput.Close(code, CutReason(reason)));
            Shut();
        }
    }

    /// <summary>Ends this connection but not the socket, because the node that holds the session goes on with it.</summary>
    /// <remarks>That node makes a connection with <c>helloSent</c>, feeds it what is returned here, then every later message.</remarks>
    /// <returns>The identify or resume and what was held back after it, written anew; empty on a closed connection.</returns>
    /// <exception cref="InvalidOperationException">Neither an identify nor a resume waits for an answer.</exception>
    public IReadOnlyList<ReadOnlyMemory<byte>> HandOver()
    {
        if (!IsOpen)
        {
            return [];
        }

        if (_authentication is not { } authentication)
        {
            throw new InvalidOperationException("A socket is handed over while the owner decides.");
        }

        ReadOnlyMemory<byte>[] messages =
            [.. _deferred.Prepend(authentication).Select(message => VoiceClientFrames.Write(Version, message).AsMemory())];
        Shut();
        return messages;
    }

    private bool TryPassBudget(TimeSpan now)
    {
        if (!IsOpen)
        {
            return false;
        }

        if (!_budget.TryTake(now))
        {
            Close(VoiceCloseCode.RateLimited, "Too many messages");
        }

        return IsOpen;
    }

    private void Dispatch(VoiceClientMessage message, TimeSpan now)
    {
        switch (message)
        {
            case Heartbeat heartbeat:
                AnswerHeartbeat(heartbeat, now);
                break;
            case Identify or Resume:
                BeginAuthentication(message, now);
                break;
            case var _ when Phase == VoiceConnectionPhase.Unidentified:
                Close(VoiceCloseCode.NotAuthenticated, "Identify first");
                break;
            case var _ when Phase == VoiceConnectionPhase.Authenticating:
                Defer(message);
                break;
            default:
                HandleReady(message, now);
                break;
        }
    }

    private void AnswerHeartbeat(Heartbeat heartbeat, TimeSpan now)
    {
        _timers.Set(VoiceTimer.Heartbeat, now + _options.HeartbeatTimeout);
        if (heartbeat.SequenceAck is { } acknowledged)
        {
            _outbox?.Acknowledge(acknowledged);
        }

        SendFrame(VoiceServerFrames.HeartbeatAck(Version, heartbeat.RawNonce));
    }

    private void BeginAuthentication(VoiceClientMessage message, TimeSpan now)
    {
        if (Phase != VoiceConnectionPhase.Unidentified)
        {
            Close(VoiceCloseCode.AlreadyAuthenticated, "Already identified");
            return;
        }

        Phase = VoiceConnectionPhase.Authenticating;
        _authentication = message;
        _timers.Clear(VoiceTimer.Identify);
        _timers.Set(VoiceTimer.Authentication, now + _options.AuthenticationTimeout);
        _outputs.Enqueue(message is Identify identify
            ? new VoiceOutput.IdentifyReceived(identify)
            : new VoiceOutput.ResumeReceived((Resume)message));
    }

    private void Defer(VoiceClientMessage message)
    {
        if (_deferred.Count < MaxDeferred)
        {
            _deferred.Enqueue(message);
        }
        else
        {
            IgnoredMessages++;
        }
    }

    private void HandleReady(VoiceClientMessage message, TimeSpan now)
    {
        switch (message)
        {
            case SelectProtocol select:
                HandleSelectProtocol(select, now);
                break;
            case VoiceBackendVersionRequest:
                SendFrame(VoiceServerFrames.BackendVersion(_options.VoiceBackendVersion, _options.RtcWorkerVersion));
                break;
            case Speaking speaking:
                _outputs.Enqueue(new VoiceOutput.SpeakingReceived(speaking));
                break;
            case Video video:
                _outputs.Enqueue(new VoiceOutput.VideoReceived(video));
                break;
            case MediaSinkWants wants:
                _outputs.Enqueue(new VoiceOutput.MediaSinkWantsReceived(wants));
                break;
            case SessionUpdate update:
                _outputs.Enqueue(new VoiceOutput.SessionUpdateReceived(update));
                break;
            case NoRoute:
                _outputs.Enqueue(new VoiceOutput.NoRouteReceived());
                break;
            default:
                IgnoredMessages++;
                break;
        }
    }

    private void HandleSelectProtocol(SelectProtocol select, TimeSpan now)
    {
        if (select.Protocol is not (SelectProtocol.Udp or SelectProtocol.WebRtc))
        {
            Close(VoiceCloseCode.UnknownProtocol, "Unknown protocol");
        }
        else if (!select.HasTransport)
        {
            IgnoredMessages++;
        }
        else if (select.Protocol == SelectProtocol.WebRtc)
        {
            Close(VoiceCloseCode.UnknownProtocol, "WebRTC is not offered here, use udp");
        }
        else if (!TransportEncryptionModes.TryParse(select.Mode, out var mode) || !_offeredModes.Contains(mode))
        {
            Close(VoiceCloseCode.UnknownEncryptionMode, "Encryption mode was not offered");
        }
        else
        {
            _timers.Clear(VoiceTimer.SelectProtocol);
            _timers.Set(VoiceTimer.SessionDescription, now + _options.SessionDescriptionTimeout);
            _outputs.Enqueue(new VoiceOutput.SelectProtocolReceived(select, mode));
        }
    }

    private void CloseUndecoded(VoiceDecodeError error, int? opcode)
    {
        var isAuthentication = opcode is (int)VoiceOpcode.Identify or (int)VoiceOpcode.Resume;
        var isHeartbeat = opcode is (int)VoiceOpcode.Heartbeat;
        var (code, reason) = error switch
        {
            VoiceDecodeError.TooLong => (VoiceCloseCode.FailedToDecode, "Message is too long"),
            VoiceDecodeError.NotAnEnvelope => (VoiceCloseCode.FailedToDecode, "Message is no JSON object with an op"),
            _ when Phase == VoiceConnectionPhase.Unidentified && !isAuthentication && !isHeartbeat =>
                (VoiceCloseCode.NotAuthenticated, "Identify first"),
            _ when Phase != VoiceConnectionPhase.Unidentified && isAuthentication =>
                (VoiceCloseCode.AlreadyAuthenticated, "Already identified"),
            VoiceDecodeError.UnknownOpcode => (VoiceCloseCode.UnknownOpcode, "Unknown opcode"),
            VoiceDecodeError.NotBinary => (VoiceCloseCode.BadRequest, "This opcode is sent as a binary message"),
            _ when _outbox is null => (VoiceCloseCode.FailedToDecode, "Malformed data"),
            _ => (VoiceCloseCode.BadRequest, "Malformed data"),
        };
        Close(code, reason);
    }

    private void TakeAuthentication<TMessage>()
        where TMessage : VoiceClientMessage
    {
        if (_authentication is not TMessage)
        {
            throw new InvalidOperationException($"No {typeof(TMessage).Name} waits for an answer.");
        }

        _authentication = null;
        _timers.Clear(VoiceTimer.Authentication);
    }

    private void Attach(VoiceReady ready, VoiceOutbox outbox, bool described, TimeSpan now)
    {
        _outbox = outbox;
        _offeredModes = ready.Modes;
        Phase = described ? VoiceConnectionPhase.Described : VoiceConnectionPhase.Ready;
        if (!described)
        {
            _timers.Set(VoiceTimer.SelectProtocol, now + _options.SelectProtocolTimeout);
        }

        while (IsOpen && _deferred.TryDequeue(out var message))
        {
            HandleReady(message, now);
        }
    }

    private void Shut()
    {
        Phase = VoiceConnectionPhase.Closed;
        _authentication = null;
        _deferred.Clear();
        _timers.ClearAll();
    }

    private void SendFrame(ReadOnlyMemory<byte> utf8) => _outputs.Enqueue(new VoiceOutput.SendText(utf8));

    private static string CutReason(string reason)
    {
        var bytes = 0;
        var characters = 0;
        foreach (var rune in reason.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > MaxReasonBytes)
            {
                return reason[..characters];
            }

            characters += rune.Utf16SequenceLength;
        }

        return reason;
    }
}
