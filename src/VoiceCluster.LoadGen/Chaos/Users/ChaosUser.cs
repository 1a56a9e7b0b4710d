using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Threading.Channels;
using VoiceCluster.Client.Lvsp;
using VoiceCluster.Client.Pacing;
using VoiceCluster.Client.Sockets;
using VoiceCluster.Client.Voice;
using VoiceCluster.LoadGen.Chaos.Wires;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.LoadGen.Chaos.Users;

/// <summary>One user with a client that behaves as common ones do: resumes, follows new credentials, and in the end asks the backend to join again.</summary>
/// <remarks>
/// A socket that broke is resumed at the same address, three times at most. Credentials that come meanwhile are followed at once, as after any other end. Who was
/// told nothing for some seconds joins again, as a person does by a click. One half of the clients leaves the old connection the moment it is told of a new one, the
/// other keeps it until the new one works.
/// </remarks>
internal sealed class ChaosUser(ChaosIdentity identity, ChaosBackend backend, UserEars ears, ChaosSpeaker? voice, ClientPatience waits) : IAsyncDisposable
{
    private const int MostResumes = 3;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);

    // The newest credentials are the only ones of interest.
    private readonly Channel<VoiceStateDone> _updates = Channel.CreateBounded<VoiceStateDone>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly List<UserWire> _wires = [];
    private readonly List<Task> _closing = [];
    private readonly ConcurrentQueue<TimeSpan> _connectTimes = new();
    private CancellationTokenSource _left = new();
    private Task _living = Task.CompletedTask;
    private VoiceClient? _client;
    private volatile bool _isIn;
    private Uri? _connectedTo;
    private byte _connection;

    /// <summary>Who it is.</summary>
    public ChaosIdentity Identity => identity;

    /// <summary>What it hears.</summary>
    public UserEars Ears => ears;

    /// <summary>Its voice; null for one who only listens.</summary>
    public ChaosSpeaker? Voice => voice;

    /// <summary>Whether it is meant to be in the call.</summary>
    public bool IsIn => _isIn;

    /// <summary>The connection; null when there is none at the moment.</summary>
    public VoiceClient? Client => Volatile.Read(ref _client);

    /// <summary>The host that it is connected to, or was last.</summary>
    public string? Host => Volatile.Read(ref _connectedTo)?.Host;

    /// <summary>What its media goes through; null for a straight path. Counts for connections made from now on.</summary>
    public Func<Impairment>? Path { get; set; }

    /// <summary>What last went wrong for it; null if nothing ever did.</summary>
    public string? LastTrouble { get; private set; }

    /// <summary>How often it has connected.</summary>
    public int Connects { get; private set; }

    /// <summary>How often it went on over another socket.</summary>
    public int Resumes { get; private set; }

    /// <summary>How often it had to ask the backend to join again.</summary>
    public int Rejoins { get; private set; }

    /// <summary>How long each connection since the last call took to come about.</summary>
    public IEnumerable<TimeSpan> TakeConnectTimes()
    {
        while (_connectTimes.TryDequeue(out var time))
        {
            yield return time;
        }
    }

    /// <summary>Joins and begins to stay.</summary>
    /// <param name="first">Where the first connection goes, whatever the credentials say; null for where they say.</param>
    public void Enter(Uri? first, CancellationToken stopped)
    {
        backend.Register(identity.User, done => _updates.Writer.TryWrite(done), static _ => { });
        _left.Dispose();
        _left = CancellationTokenSource.CreateLinkedTokenSource(stopped);
        _isIn = true;
        _living = LiveAsync(first, _left.Token);
    }

    /// <summary>Leaves for good: the backend says so, and the client just goes.</summary>
    public async Task LeaveAsync(CancellationToken cancellation)
    {
        _isIn = false;
        await _left.CancelAsync();
        await _living;
        await backend.LeaveAsync(identity.User, identity.Channel, identity.Guild, cancellation);
        Use(null, null);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _isIn = false;
        await _left.CancelAsync();
        await _living;
        Use(null, null);
        await Task.WhenAll(_closing);
        _left.Dispose();
        _wires.ForEach(wire => wire.Dispose());
    }

    private async Task LiveAsync(Uri? first, CancellationToken left)
    {
        try
        {
            await Task.Yield();
            var credentials = await JoinAsync(left);
            for (var at = first; ; at = null)
            {
                credentials = await TryConnectAsync(credentials, at ?? new Uri($"ws://{credentials.Endpoint}/"), left) is { } client
                    ? await StayAsync(client, credentials, left)
                    : await NextAsync(left);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private Task<VoiceStateDone> JoinAsync(CancellationToken left) =>
        backend.JoinAsync(identity.User, identity.Channel, identity.Guild, trouble => LastTrouble = trouble, left);

    private async Task<VoiceClient?> TryConnectAsync(VoiceStateDone credentials, Uri url, CancellationToken left)
    {
        var client = new VoiceClient(OptionsFor(credentials, url));
        var connection = _connection = (byte)((_connection % byte.MaxValue) + 1);
        client.Listener = (scoped in HeardFrame frame) => ears.Hear(frame, connection);
        var begun = Stopwatch.GetTimestamp();
        try
        {
            await client.ConnectAsync(left);
            if (voice is not null)
            {
                await client.SpeakAsync(SpeakingFlags.Voice, left);
            }

            Connects++;
            _connectTimes.Enqueue(Stopwatch.GetElapsedTime(begun));
            Use(client, url);
            return client;
        }
        catch (Exception exception) when (exception is ClientException or OperationCanceledException)
        {
            LastTrouble = exception.Message;
            _closing.Add(client.DisposeAsync().AsTask());
            left.ThrowIfCancellationRequested();
            return null;
        }
    }

    /// <summary>Stays connected until there are other credentials to connect with.</summary>
    private async Task<VoiceStateDone> StayAsync(VoiceClient client, VoiceStateDone credentials, CancellationToken left)
    {
        while (true)
        {
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(left);
            var updated = _updates.Reader.WaitToReadAsync(waiting.Token).AsTask();
            await Task.WhenAny(updated, client.Ended);
            await waiting.CancelAsync();
            left.ThrowIfCancellationRequested();
            if (_updates.Reader.TryRead(out var update))
            {
                if (IsOther(update, credentials))
                {
                    return Follow(update);
                }
            }
            else if (client.Ended.IsCompleted && !(IsResumable(client.Ended.Result.Code) && await TryResumeAsync(client, left)))
            {
                return await NextAsync(left);
            }
        }
    }

    private VoiceStateDone Follow(VoiceStateDone update)
    {
        if (!identity.KeepsOldConnection)
        {
            Use(null, null);
        }

        return update;
    }

    private async Task<bool> TryResumeAsync(VoiceClient client, CancellationToken left)
    {
        for (var attempt = 0; attempt < MostResumes; attempt++)
        {
            try
            {
                await Task.Delay(FirstPause * (1 << attempt), left);
                if (_updates.Reader.TryPeek(out _))
                {
                    // Newer credentials end every attempt with the old ones.
                    return true;
                }

                await client.ResumeAsync(left);
                Resumes++;
                return true;
            }
            catch (ClientException exception)
            {
                LastTrouble = exception.Message;
                if (exception is ConnectionEndedException { Code: var code } && !IsResumable(code))
                {
                    return false;
                }
            }
        }

        return false;
    }

    /// <summary>Waits to be told of credentials, and asks for some when that does not happen.</summary>
    private async Task<VoiceStateDone> NextAsync(CancellationToken left)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(left);
        patience.CancelAfter(waits.Credentials);
        try
        {
            return await _updates.Reader.ReadAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!left.IsCancellationRequested)
        {
            Rejoins++;
            return await JoinAsync(left);
        }
    }

    /// <summary>Speaks and listens over another connection from now on. Nobody waits for the old one to close.</summary>
    private void Use(VoiceClient? client, Uri? url)
    {
        voice?.Use(client);
        var old = Interlocked.Exchange(ref _client, client);
        Volatile.Write(ref _connectedTo, url ?? _connectedTo);
        if (old is not null)
        {
            old.Listener = null;
            _closing.RemoveAll(static closing => closing.IsCompleted);
            _closing.Add(old.DisposeAsync().AsTask());
        }
    }

    private VoiceClientOptions OptionsFor(VoiceStateDone credentials, Uri url) => new()
    {
        Url = url,
        UserId = identity.User,
        ServerId = identity.Guild,
        ChannelId = identity.Channel,
        SessionId = credentials.SessionId,
        Token = credentials.Token,
        AnswerLimit = waits.Answer,
        MediaRoute = Path is null ? null : RouteThroughWire,
    };

    private IPEndPoint RouteThroughWire(IPEndPoint node)
    {
        var wire = new UserWire(node, () => Path?.Invoke() ?? Impairment.None, identity.Number);
        _wires.Add(wire);
        return wire.Entrance;
    }

    private static bool IsOther(VoiceStateDone update, VoiceStateDone credentials) =>
        (update.SessionId, update.Token, update.Endpoint) != (credentials.SessionId, credentials.Token, credentials.Endpoint);

    /// <summary>As common clients do: no code, going away, or a server that crashed.</summary>
    private static bool IsResumable(int? code) => code is null or 1000 or 1001 or 1006 or 1011 or 1012 or (int)VoiceCloseCode.VoiceServerCrashed;
}

/// <summary>Who a user is.</summary>
/// <param name="Number">From 0.</param>
/// <param name="User">The user.</param>
/// <param name="Channel">The channel.</param>
/// <param name="Guild">The guild.</param>
/// <param name="ChannelIndex">Which channel of the run, from 0.</param>
/// <param name="Home">The node that the user connects to at first, by its index.</param>
/// <param name="KeepsOldConnection">Whether the old connection lasts until the new one works.</param>
internal sealed record ChaosIdentity(int Number, Snowflake User, Snowflake Channel, Snowflake Guild, int ChannelIndex, int Home, bool KeepsOldConnection);
