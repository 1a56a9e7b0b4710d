using System.Net;
using System.Threading.Channels;
using VoiceCluster.Client.Pacing;
using VoiceCluster.Client.Sockets;
using VoiceCluster.Crypto;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Gateway.Client;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Client.Voice;

/// <summary>One user's client: voice gateway of any version and UDP media in any mode.</summary>
/// <remarks>
/// <see cref="ConnectAsync"/> does all; its steps can also be taken one by one. Every wait has a deadline and ends in a
/// <see cref="ClientException"/> that names the user and what did not come.
/// </remarks>
public sealed class VoiceClient : IHeartbeat, IAsyncDisposable
{
    /// <summary>How many messages nobody has read yet are kept; the oldest make way.</summary>
    public const int KeptMessages = 1024;

    private const int UnansweredHeartbeats = 3;

    private readonly VoiceClientOptions _options;
    private readonly Channel<VoiceServerMessage> _messages;
    private readonly Lock _waiting = new();
    private readonly string _who;
    private MessageSocket? _socket;
    private VoiceMedia? _media;
    private Expectation? _expectation;
    private TaskCompletionSource<ConnectionEndedException> _ended = NewEnd();
    private Task _receiving = Task.CompletedTask;
    private TimeSpan _heartbeatInterval;
    private long _nextBeatTicks = long.MaxValue;
    private long _lastBeatTicks;
    private long _roundTripTicks;
    private long _droppedMessages;
    private ulong _heartbeatNonce;
    private ushort _sequence;
    private int _unanswered;

    /// <summary>Makes a client; nothing is opened yet.</summary>
    public VoiceClient(VoiceClientOptions options)
    {
        _options = options;
        _who = $"user {options.UserId}";
        var bounded = new BoundedChannelOptions(KeptMessages) { FullMode = BoundedChannelFullMode.DropOldest };
        _messages = Channel.CreateBounded<VoiceServerMessage>(bounded, _ => Interlocked.Increment(ref _droppedMessages));
    }

    /// <summary>The user.</summary>
    public Snowflake UserId => _options.UserId;

    /// <summary>What READY said; null before.</summary>
    public VoiceReady? Ready { get; private set; }

    /// <summary>What op 4 said; null before.</summary>
    public VoiceSessionDescription? Session { get; private set; }

    /// <summary>The version that HELLO named; null if it named none.</summary>
    public int? HelloVersion { get; private set; }

    /// <summary>This user's address as the server sees it; null before discovery.</summary>
    public IPEndPoint? PublicAddress { get; private set; }

    /// <summary>The others in the call.</summary>
    public VoiceRoster Roster { get; } = new();

    /// <summary>Takes what is heard; set it before the key comes, or lose the first frames.</summary>
    public FrameListener? Listener { get; set; }

    /// <summary>The RTP sequence number of the first frame this client sends.</summary>
    public ushort FirstSequenceNumber => Media.FirstSequenceNumber;

    /// <summary>The RTP timestamp of the first frame this client sends.</summary>
    public uint FirstTimestamp => Media.FirstTimestamp;

    /// <summary>What the UDP side has counted.</summary>
    public MediaCounters Counters => _media?.Counters ?? default;

    /// <summary>How long the last heartbeat took to be answered; zero before the first.</summary>
    public TimeSpan HeartbeatRoundTrip => TimeSpan.FromTicks(Volatile.Read(ref _roundTripTicks));

    /// <summary>The number of the last numbered message; 0 for none, and always below version 8.</summary>
    public ushort SequenceSeen => Volatile.Read(ref _sequence);

    /// <summary>Messages that made way before anybody read them.</summary>
    public long DroppedMessages => Volatile.Read(ref _droppedMessages);

    /// <summary>Every message of the server; may be read by one reader at a time.</summary>
    public ChannelReader<VoiceServerMessage> Messages => _messages.Reader;

    /// <summary>Completes, without failing, when the present WebSocket has ended.</summary>
    public Task<ConnectionEndedException> Ended => _ended.Task;

    TimeSpan IHeartbeat.NextBeatAt => TimeSpan.FromTicks(Volatile.Read(ref _nextBeatTicks));

    private VoiceMedia Media => _media ?? throw new InvalidOperationException("There is no media before READY.");

    /// <summary>Identifies, finds the public address and selects the protocol: afterwards audio flows.</summary>
    /// <exception cref="ClientException">The server cannot be reached, refuses, or does not answer.</exception>
    public async Task ConnectAsync(CancellationToken cancellation = default)
    {
        await IdentifyAsync(cancellation);
        await DiscoverAsync(cancellation);
        await SelectProtocolAsync(cancellation);
    }

    /// <summary>Opens the WebSocket and identifies.</summary>
    /// <exception cref="ClientException">The server cannot be reached, refuses, or does not answer.</exception>
    public async Task<VoiceReady> IdentifyAsync(CancellationToken cancellation = default)
    {
        await OpenAsync(cancellation);
        var identify = new Identify(_options.ServerId, _options.UserId, _options.SessionId, _options.Token, _options.ChannelId);
        var ready = await AskAsync<VoiceServerMessage.Ready>(identify, "READY", cancellation);
        Ready = ready.Value;
        return ready.Value;
    }

    /// <summary>Opens the UDP socket and asks for the public address.</summary>
    /// <exception cref="NoAnswerException">No answer came.</exception>
    public async Task<IPEndPoint> DiscoverAsync(CancellationToken cancellation = default)
    {
        _media ??= OpenMedia();
        PublicAddress = await _media.DiscoverAsync(_who, cancellation);
        return PublicAddress;
    }

    /// <summary>Selects UDP and a mode, and waits for the key. Without discovery before it, no audio will flow.</summary>
    /// <exception cref="ClientException">The mode is not offered, or there is no answer.</exception>
    public async Task<VoiceSessionDescription> SelectProtocolAsync(CancellationToken cancellation = default)
    {
        var mode = ChooseMode();
        var address = PublicAddress ?? new IPEndPoint(IPAddress.Loopback, 9);
        var select = new SelectProtocol(
            SelectProtocol.Udp, Address: address.Address.ToString(), Port: address.Port, Mode: mode.ToWireName());
        var description = await AskAsync<VoiceServerMessage.SessionDescription>(select, "the session description", cancellation);
        if (description.Value.Mode != mode)
        {
            throw new UnexpectedAnswerException($"{_who} asked for {mode.ToWireName()} and got {description.Value.Mode.ToWireName()}.");
        }

        Session = description.Value;
        return Session;
    }

    /// <summary>Says what is about to be sent.</summary>
    public Task SpeakAsync(SpeakingFlags flags, CancellationToken cancellation = default) =>
        SendAsync(new Speaking(flags, Ready?.Ssrc), cancellation);

    /// <summary>Sends one Opus frame of 20 ms. One thread at a time.</summary>
    /// <returns>False when there is no key yet or the system refused the datagram.</returns>
    public bool SendFrame(ReadOnlySpan<byte> opus) => Media.SendFrame(opus);

    /// <summary>Sends the 8-byte UDP keepalive of the common libraries and waits until it comes back.</summary>
    /// <returns>How long that took.</returns>
    /// <exception cref="NoAnswerException">It did not come back.</exception>
    public async Task<TimeSpan> EchoAsync(CancellationToken cancellation = default)
    {
        var sentAt = _options.Time.Now();
        await Media.EchoAsync().WithinAsync(_options.AnswerLimit, _options.Time, _who, "the echo of a UDP keepalive", cancellation);
        return _options.Time.Now() - sentAt;
    }

    /// <summary>Sends any message.</summary>
    /// <exception cref="ConnectionEndedException">The WebSocket has ended.</exception>
    public async Task SendAsync(VoiceClientMessage message, CancellationToken cancellation = default)
    {
        var socket = _socket ?? throw new InvalidOperationException("Nothing can be sent before the WebSocket is open.");
        if (!await socket.SendAsync(VoiceClientFrames.Write(_options.Version, message), cancellation: cancellation))
        {
            throw await _ended.Task.WithinAsync(_options.AnswerLimit, _options.Time, _who, $"the end of {_options.Url}", cancellation);
        }
    }

    /// <summary>Breaks the WebSocket as a lost network does, and waits until that is noticed here. Media goes on.</summary>
    public async Task DropAsync()
    {
        _options.Pump.Remove(this);
        _socket?.Abort();
        await _receiving;
    }

    /// <summary>Opens the WebSocket again and goes on with the session; UDP and key stay.</summary>
    /// <exception cref="ClientException">The server cannot be reached, refuses, or does not answer.</exception>
    public async Task ResumeAsync(CancellationToken cancellation = default)
    {
        await DropAsync();
        await OpenAsync(cancellation);
        var acknowledged = new SequenceAck(_sequence == 0 ? -1 : _sequence);
        var resume = new Resume(_options.ServerId, _options.SessionId, _options.Token, acknowledged, _options.ChannelId);
        await AskAsync<VoiceServerMessage.Resumed>(resume, "RESUMED", cancellation);
    }

    /// <summary>Sends a heartbeat now.</summary>
    public async Task BeatAsync(TimeSpan now)
    {
        Volatile.Write(ref _nextBeatTicks, (now + _heartbeatInterval).Ticks);
        Volatile.Write(ref _lastBeatTicks, now.Ticks);
        if (_socket is not { } socket)
        {
            return;
        }

        if (Interlocked.Increment(ref _unanswered) > UnansweredHeartbeats)
        {
            socket.Abort();
            return;
        }

        var heartbeat = new Heartbeat(++_heartbeatNonce, new SequenceAck(_sequence == 0 ? -1 : _sequence));
        await socket.SendAsync(VoiceClientFrames.Write(_options.Version, heartbeat));
    }

    /// <summary>Closes both sides. Code 1000 tells the server that the user is gone for good.</summary>
    public async ValueTask DisposeAsync()
    {
        _options.Pump.Remove(this);
        if (_socket is { } socket)
        {
            await socket.CloseAsync();
            await Task.WhenAny(_receiving, Task.Delay(TimeSpan.FromSeconds(2), _options.Time));
            socket.Abort();
            await _receiving;
            await socket.DisposeAsync();
        }

        if (_media is not null)
        {
            await _media.DisposeAsync();
        }

        _messages.Writer.TryComplete();
    }

    private static TaskCompletionSource<ConnectionEndedException> NewEnd() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task OpenAsync(CancellationToken cancellation)
    {
        var url = new UriBuilder(_options.Url) { Query = $"v={_options.Version.Number}" }.Uri;
        var socket = await MessageSocket.ConnectAsync(url, _options.Trust, _who, _options.AnswerLimit, cancellation);
        if (_socket is { } old)
        {
            await old.DisposeAsync();
        }

        _socket = socket;
        _ended = NewEnd();
        _unanswered = 0;
        _nextBeatTicks = long.MaxValue;
        var hello = Expect<VoiceServerMessage.Hello>();
        _receiving = ReceiveAllAsync(socket, _ended);
        await WaitAsync(hello, "HELLO", cancellation);
        _options.Pump.Add(this);
    }

    private VoiceMedia OpenMedia()
    {
        var ready = Ready ?? throw new InvalidOperationException("There is no media before READY.");
        if (!IPAddress.TryParse(ready.Ip, out var address))
        {
            throw new UnexpectedAnswerException($"READY told {_who} the media address '{ready.Ip}', which is none.");
        }

        var server = new IPEndPoint(address, ready.Port);
        return new VoiceMedia(_options, _options.MediaRoute?.Invoke(server) ?? server, ready.Ssrc, Roster, () => Listener);
    }

    private TransportEncryptionMode ChooseMode()
    {
        var offered = Ready?.Modes.Items ?? throw new InvalidOperationException("No mode is known before READY.");
        if (_options.Mode is { } wanted && !TransportCiphers.IsAvailable(wanted))
        {
            throw new RefusedException($"{wanted.ToWireName()} does not work on this machine; is libsodium installed?");
        }

        foreach (var mode in offered)
        {
            if (_options.Mode is { } only ? mode == only : TransportCiphers.IsAvailable(mode))
            {
                return mode;
            }
        }

        var sought = _options.Mode?.ToWireName() ?? "a mode that works here";
        throw new RefusedException($"{_who} wanted {sought}; the server offers {string.Join(", ", offered.Select(mode => mode.ToWireName()))}.");
    }

    private async Task<T> AskAsync<T>(VoiceClientMessage question, string what, CancellationToken cancellation)
        where T : VoiceServerMessage
    {
        var answer = Expect<T>();
        await SendAsync(question, cancellation);
        return (T)await WaitAsync(answer, what, cancellation);
    }

    private Task<VoiceServerMessage> Expect<T>()
        where T : VoiceServerMessage
    {
        var expectation = new Expectation(typeof(T));
        lock (_waiting)
        {
            _expectation = expectation;
        }

        return expectation.Completion.Task;
    }

    private async Task<VoiceServerMessage> WaitAsync(Task<VoiceServerMessage> answer, string what, CancellationToken cancellation)
    {
        var first = await Task.WhenAny(answer, _ended.Task)
            .WithinAsync(_options.AnswerLimit, _options.Time, _who, $"{what} from {_options.Url}", cancellation);
        return first == answer || answer.IsCompletedSuccessfully ? await answer : throw await _ended.Task;
    }

    private async Task ReceiveAllAsync(MessageSocket socket, TaskCompletionSource<ConnectionEndedException> ended)
    {
        while (true)
        {
            var received = await socket.ReceiveAsync();
            if (received.IsEnd)
            {
                _options.Pump.Remove(this);
                ended.TrySetResult(EndOf(received));
                return;
            }

            if (received.Kind == System.Net.WebSockets.WebSocketMessageType.Text
                && VoiceServerMessage.TryParse(received.Body.Span, _options.Version, out var message) == VoiceDecodeError.None)
            {
                Take(message!);
            }
        }
    }

    private void Take(VoiceServerMessage message)
    {
        if (message.Sequence != 0)
        {
            Volatile.Write(ref _sequence, message.Sequence);
        }

        switch (message)
        {
            case VoiceServerMessage.Hello hello:
                TakeHello(hello);
                break;
            case VoiceServerMessage.HeartbeatAck:
                Volatile.Write(ref _unanswered, 0);
                Volatile.Write(ref _roundTripTicks, _options.Time.Now().Ticks - Volatile.Read(ref _lastBeatTicks));
                break;
            case VoiceServerMessage.HeartbeatRequest:
                _ = BeatAsync(_options.Time.Now());
                break;
            case VoiceServerMessage.SessionDescription description:
                _media?.UseKey(description.Value.Mode, description.Value.SecretKey.AsSpan());
                break;
            case VoiceServerMessage.Event voiceEvent:
                Roster.Apply(voiceEvent.Value);
                break;
        }

        _messages.Writer.TryWrite(message);
        Answer(message);
    }

    private void TakeHello(VoiceServerMessage.Hello hello)
    {
        HelloVersion = hello.Version;
        _heartbeatInterval = hello.HeartbeatInterval;
        Volatile.Write(ref _nextBeatTicks, (_options.Time.Now() + hello.HeartbeatInterval).Ticks);
    }

    private void Answer(VoiceServerMessage message)
    {
        Expectation? expectation;
        lock (_waiting)
        {
            expectation = _expectation?.Kind.IsInstanceOfType(message) == true ? _expectation : null;
            _expectation = expectation is null ? _expectation : null;
        }

        expectation?.Completion.TrySetResult(message);
    }

    private ConnectionEndedException EndOf(SocketMessage end)
    {
        var how = end.CloseCode is { } code ? $"with {code} {end.CloseReason}".TrimEnd() : "without a close";
        return new ConnectionEndedException($"{_who} lost {_options.Url}: it ended {how}.", end.CloseCode, end.CloseReason);
    }

    private sealed record Expectation(Type Kind)
    {
        public TaskCompletionSource<VoiceServerMessage> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
