using System.Text;
using System.Threading.Channels;
using VoiceCluster.Client.Pacing;
using VoiceCluster.Client.Sockets;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Lvsp.Client;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Client.Lvsp;

/// <summary>The backend's side of an LVSP session: identifies, keeps alive, asks, waits for answers, resumes.</summary>
/// <remarks>Any thread may ask. Every wait has a deadline and ends in a <see cref="ClientException"/> that says what did not come.</remarks>
public sealed class LvspClient : IHeartbeat, IAsyncDisposable
{
    /// <summary>How many messages nobody has read yet are kept; the oldest make way.</summary>
    public const int KeptMessages = 4096;

    private const int UnansweredHeartbeats = 3;

    private readonly LvspClientOptions _options;
    private readonly LvspAnswers _answers = new();
    private readonly Channel<LvspServerMessage> _messages;
    private MessageSocket? _socket;
    private TaskCompletionSource<ConnectionEndedException> _ended = NewEnd();
    private Task _receiving = Task.CompletedTask;
    private long _nextBeatTicks = long.MaxValue;
    private long _sequenceNumber;
    private long _droppedMessages;
    private int _unanswered;

    private LvspClient(LvspClientOptions options)
    {
        _options = options;
        var bounded = new BoundedChannelOptions(KeptMessages) { FullMode = BoundedChannelFullMode.DropOldest };
        _messages = Channel.CreateBounded<LvspServerMessage>(bounded, _ => Interlocked.Increment(ref _droppedMessages));
    }

    /// <summary>The session's name at the server; kept over a resume.</summary>
    public string SessionId { get; private set; } = string.Empty;

    /// <summary>The health the server last told, 0 to 1.</summary>
    public double Health { get; private set; }

    /// <summary>Whether READY said that an earlier session goes on.</summary>
    public bool IsResumed { get; private set; }

    /// <summary>How often a heartbeat is sent.</summary>
    public TimeSpan HeartbeatInterval { get; private set; }

    /// <summary>The number of the last message seen; 0 for none.</summary>
    public long SequenceNumber => Volatile.Read(ref _sequenceNumber);

    /// <summary>Messages that made way before anybody read them.</summary>
    public long DroppedMessages => Volatile.Read(ref _droppedMessages);

    /// <summary>Everything the server sends after READY; may be read by one reader at a time.</summary>
    public ChannelReader<LvspServerMessage> Messages => _messages.Reader;

    /// <summary>Completes, without failing, when the present connection has ended.</summary>
    public Task<ConnectionEndedException> Ended => _ended.Task;

    /// <summary>How requests are written from now on.</summary>
    public LvspForm Form { get; set; }

    TimeSpan IHeartbeat.NextBeatAt => TimeSpan.FromTicks(Volatile.Read(ref _nextBeatTicks));

    /// <summary>Connects and identifies.</summary>
    /// <exception cref="ClientException">The server cannot be reached, refuses, or does not answer.</exception>
    public static async Task<LvspClient> ConnectAsync(LvspClientOptions options, CancellationToken cancellation = default)
    {
        var client = new LvspClient(options) { Form = options.Form };
        await client.OpenAsync(LvspClientMessages.Identify, cancellation);
        return client;
    }

    /// <summary>Connects again and goes on with the session; what was missed comes through <see cref="Messages"/>.</summary>
    /// <exception cref="ClientException">The server cannot be reached, refuses, or does not answer.</exception>
    public async Task ResumeAsync(CancellationToken cancellation = default)
    {
        await DropAsync();
        await OpenAsync(token => LvspClientMessages.Resume(token, SequenceNumber, SessionId), cancellation);
    }

    /// <summary>Breaks the connection as a lost network does, and waits until that is noticed here.</summary>
    public async Task DropAsync()
    {
        _options.Pump.Remove(this);
        _socket?.Abort();
        await _receiving;
    }

    /// <summary>Joins a user and waits for the credentials.</summary>
    /// <remarks>In Litecord form the channel is requested first, as Litecord does before each join.</remarks>
    /// <param name="guildId">Null for a private call.</param>
    /// <exception cref="ClientException">Refused, no answer, or the connection ended.</exception>
    public async Task<VoiceStateDone> JoinAsync(
        Snowflake userId, Snowflake channelId, Snowflake? guildId, CancellationToken cancellation = default)
    {
        var answer = _answers.NextJoin(userId, channelId);
        if (Form == LvspForm.Litecord)
        {
            await SendAsync(new ChannelRequest(channelId, guildId, null), cancellation);
        }

        await SendAsync(new VoiceStateCreate(userId, channelId, guildId, null, default), cancellation);
        return await WaitAsync(answer, $"the voice state of user {userId} in channel {channelId}", cancellation);
    }

    /// <summary>Requests a channel and waits for its token. In document form a channel that exists is not answered.</summary>
    /// <exception cref="ClientException">Refused, no answer, or the connection ended.</exception>
    public async Task<ChannelAssigned> RequestChannelAsync(
        Snowflake channelId, Snowflake? guildId, int? bitrate = null, CancellationToken cancellation = default)
    {
        var answer = _answers.NextChannel(channelId);
        await SendAsync(new ChannelRequest(channelId, guildId, bitrate), cancellation);
        return await WaitAsync(answer, $"channel {channelId}", cancellation);
    }

    /// <summary>Takes a user out of a channel; there is no answer to wait for.</summary>
    public ValueTask LeaveAsync(Snowflake userId, Snowflake channelId, Snowflake? guildId, CancellationToken cancellation = default) =>
        SendAsync(new VoiceStateDestroy(VoiceStateSelector.ByChannel(userId, channelId, guildId)), cancellation);

    /// <summary>Ends a channel with everybody in it; there is no answer to wait for.</summary>
    public ValueTask DestroyChannelAsync(Snowflake channelId, Snowflake? guildId, CancellationToken cancellation = default) =>
        SendAsync(new ChannelDestroy(channelId, guildId), cancellation);

    /// <summary>Sends any request, in the present form.</summary>
    public ValueTask SendAsync(LvspRequest request, CancellationToken cancellation = default) =>
        SendRawAsync(LvspClientMessages.Request(request with { Form = Form }, _options.Numbering), cancellation);

    /// <summary>Sends a text frame as it is.</summary>
    /// <exception cref="ConnectionEndedException">The connection has ended.</exception>
    public async ValueTask SendRawAsync(ReadOnlyMemory<byte> json, CancellationToken cancellation = default)
    {
        Observe(isSent: true, json);
        if (!await _socket!.SendAsync(json, cancellation: cancellation))
        {
            throw await _ended.Task.WithinAsync(_options.AnswerLimit, _options.Time, _options.Name, $"the end of {_options.Url}", cancellation);
        }
    }

    /// <summary>Sends a heartbeat now.</summary>
    public async Task BeatAsync(TimeSpan now)
    {
        Volatile.Write(ref _nextBeatTicks, (now + HeartbeatInterval).Ticks);
        if (_socket is not { } socket)
        {
            return;
        }

        if (Interlocked.Increment(ref _unanswered) > UnansweredHeartbeats)
        {
            socket.Abort();
            return;
        }

        await socket.SendAsync(LvspClientMessages.Heartbeat(SequenceNumber));
    }

    /// <summary>Says goodbye and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _options.Pump.Remove(this);
        if (_socket is not { } socket)
        {
            return;
        }

        await socket.CloseAsync();
        await Task.WhenAny(_receiving, Task.Delay(TimeSpan.FromSeconds(2), _options.Time));
        socket.Abort();
        await _receiving;
        await socket.DisposeAsync();
        _messages.Writer.TryComplete();
    }

    private static TaskCompletionSource<ConnectionEndedException> NewEnd() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task OpenAsync(Func<string, byte[]> authenticate, CancellationToken cancellation)
    {
        var socket = await MessageSocket.ConnectAsync(_options.Url, _options.Trust, _options.Name, _options.AnswerLimit, cancellation);
        try
        {
            await AuthenticateAsync(socket, authenticate, cancellation);
        }
        catch
        {
            socket.Abort();
            await socket.DisposeAsync();
            throw;
        }

        _socket = socket;
        _ended = NewEnd();
        _unanswered = 0;
        _nextBeatTicks = (_options.Time.Now() + HeartbeatInterval).Ticks;
        _receiving = ReceiveAllAsync(socket, _ended);
        _options.Pump.Add(this);
    }

    private async Task AuthenticateAsync(MessageSocket socket, Func<string, byte[]> authenticate, CancellationToken cancellation)
    {
        var hello = await ReceiveAsync<LvspServerMessage.Hello>(socket, "HELLO", cancellation);
        HeartbeatInterval = IntervalOf(hello);
        await socket.SendAsync(authenticate(LvspToken.Compute(_options.Secret, hello.Nonce)), cancellation: cancellation);
        var ready = await ReceiveAsync<LvspServerMessage.Ready>(socket, "READY", cancellation);
        SessionId = ready.SessionId;
        Health = ready.Health;
        IsResumed = ready.Resumed;
    }

    /// <summary>
    /// 
    /// </summary>
    /// <remarks>On an address for unmodified Litecord the interval is told in seconds.</remarks>
    private TimeSpan IntervalOf(LvspServerMessage.Hello hello) => _options.Url.Query.Contains("compat=litecord", StringComparison.Ordinal)
        ? TimeSpan.FromSeconds(hello.HeartbeatInterval)
        : TimeSpan.FromMilliseconds(hello.HeartbeatInterval);

    /// <summary>Waits for one kind of message; an INFO before it is what a resume replays.</summary>
    private async Task<T> ReceiveAsync<T>(MessageSocket socket, string what, CancellationToken cancellation)
        where T : LvspServerMessage
    {
        while (true)
        {
            var receiving = socket.ReceiveAsync(cancellation).AsTask();
            var received = await receiving.WithinAsync(
                _options.AnswerLimit, _options.Time, _options.Name, $"{what} from {_options.Url}", cancellation);
            if (received.IsEnd)
            {
                throw EndOf(received, $"before {what}");
            }

            Observe(isSent: false, received.Body);
            if (!LvspServerMessageReader.TryRead(received.Body.Span, out var message))
            {
                throw new UnexpectedAnswerException($"{_options.Name} expected {what} from {_options.Url} and got something else.");
            }

            if (message is T expected)
            {
                return expected;
            }

            Take(message);
        }
    }

    private async Task ReceiveAllAsync(MessageSocket socket, TaskCompletionSource<ConnectionEndedException> ended)
    {
        while (true)
        {
            var received = await socket.ReceiveAsync();
            if (received.IsEnd)
            {
                End(EndOf(received, "while in use"), ended);
                return;
            }

            Observe(isSent: false, received.Body);
            if (LvspServerMessageReader.TryRead(received.Body.Span, out var message))
            {
                Take(message);
            }
        }
    }

    private void Take(LvspServerMessage message)
    {
        switch (message)
        {
            case LvspServerMessage.HeartbeatAck ack:
                Health = ack.Health;
                Volatile.Write(ref _unanswered, 0);
                break;
            case LvspServerMessage.Info info:
                TakeInfo(info);
                break;
        }

        _messages.Writer.TryWrite(message);
    }

    private void TakeInfo(LvspServerMessage.Info info)
    {
        if (info.SequenceNumber > SequenceNumber)
        {
            Volatile.Write(ref _sequenceNumber, info.SequenceNumber);
        }

        if (info.Notice is { } notice)
        {
            _answers.Take(notice);
        }
    }

    private void End(ConnectionEndedException exception, TaskCompletionSource<ConnectionEndedException> ended)
    {
        _options.Pump.Remove(this);
        ended.TrySetResult(exception);
        _answers.FailAll(exception);
    }

    private ConnectionEndedException EndOf(SocketMessage end, string when)
    {
        var how = end.CloseCode is { } code ? $"with {code} {end.CloseReason}".TrimEnd() : "without a close";
        return new ConnectionEndedException($"{_options.Name} lost {_options.Url} {when}: it ended {how}.", end.CloseCode, end.CloseReason);
    }

    private Task<T> WaitAsync<T>(Task<T> answer, string what, CancellationToken cancellation) =>
        answer.WithinAsync(_options.AnswerLimit, _options.Time, _options.Name, $"{what} from {_options.Url}", cancellation);

    private void Observe(bool isSent, ReadOnlyMemory<byte> json) =>
        _options.Observer?.Invoke(new LvspTraffic(isSent, Encoding.UTF8.GetString(json.Span)));
}
