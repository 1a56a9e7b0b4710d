using System.Collections.Immutable;
using System.Net.WebSockets;
using VoiceCluster.Client.Lvsp;
using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Native;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.LoadGen.Media;

/// <summary>All users of a measurement, joined through a backend's link and connected as clients are.</summary>
internal sealed class Crowd : IAsyncDisposable
{
    private const int Concurrency = 128;
    private static readonly SocketsHttpHandler Handler = new() { UseProxy = false, UseCookies = false };
    private static readonly HttpMessageInvoker Connector = new(Handler, disposeHandler: false);
    private static readonly TimeSpan BeatEvery = TimeSpan.FromSeconds(80);
    private static readonly TimeSpan BeatPulse = TimeSpan.FromMilliseconds(250);

    private readonly CrowdOptions _options;
    private readonly JoinedUser[] _users;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ulong _firstId = (ulong)Random.Shared.NextInt64(1L << 50, 1L << 60);
    private LvspClient? _backend;
    private Task _beating = Task.CompletedTask;

    private Crowd(CrowdOptions options)
    {
        _options = options;
        _users = new JoinedUser[options.Shape.Users];
    }

    /// <summary>The users, by number.</summary>
    public IReadOnlyList<JoinedUser> Users => _users;

    /// <summary>The backend's link.</summary>
    public LvspClient Backend => _backend ?? throw new InvalidOperationException("The crowd has not joined.");

    /// <summary>Joins everybody.</summary>
    /// <param name="options">Who and where.</param>
    /// <param name="socket">The socket that they share; what comes in meanwhile is read.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ClientException">Somebody could not join.</exception>
    public static async Task<Crowd> JoinAsync(CrowdOptions options, UserSocket socket, CancellationToken cancellation)
    {
        var crowd = new Crowd(options);
        try
        {
            await crowd.JoinAllAsync(socket, cancellation);
            return crowd;
        }
        catch
        {
            await crowd.DisposeAsync();
            throw;
        }
    }

    /// <summary>The mode of a user: the modes take turns.</summary>
    public TransportEncryptionMode ModeOf(int user) => _options.Modes[user % _options.Modes.Length];

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _beating;
        foreach (var user in _users.OfType<JoinedUser>())
        {
            await user.DisposeAsync();
        }

        if (_backend is not null)
        {
            await _backend.DisposeAsync();
        }

        _stopping.Dispose();
    }

    private async Task JoinAllAsync(UserSocket socket, CancellationToken cancellation)
    {
        _backend = await LvspClient.ConnectAsync(
            new LvspClientOptions { Url = _options.LvspUrl, Secret = _options.Secret, Name = "loadgen", AnswerLimit = _options.AnswerLimit }, cancellation);
        using var discovery = new AddressDiscovery(socket);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancellation };
        await Parallel.ForEachAsync(
            Enumerable.Range(0, _options.Shape.Channels), parallel, async (channel, stop) => await RequestAsync(channel, stop));
        await Parallel.ForEachAsync(
            Enumerable.Range(0, _options.Shape.Users), parallel, async (user, stop) => await JoinAsync(user, discovery, stop));
        _beating = BeatAllAsync();
    }

    private async Task RequestAsync(int channel, CancellationToken cancellation) =>
        await Backend.RequestChannelAsync(ChannelId(channel), GuildId(channel), LvspBitrate.Maximum, cancellation);

    private async Task JoinAsync(int number, AddressDiscovery discovery, CancellationToken cancellation)
    {
        var channel = _options.Shape.ChannelOf(number);
        var state = await Backend.JoinAsync(UserId(number), ChannelId(channel), GuildId(channel), cancellation);
        var user = new JoinedUser(number, await ConnectAsync(_options.VoiceUrl(number), cancellation));
        _users[number] = user;
        await user.IdentifyAsync(new Identify(GuildId(channel), state.UserId, state.SessionId, state.Token, state.ChannelId), cancellation);
        var seen = await discovery.AskAsync(number, user.Ready.Ssrc, user.Server, cancellation);
        await user.SelectAsync(seen.Address.ToString(), seen.Port, ModeOf(number), cancellation);
        if (number >= _options.OpenSockets)
        {
            user.Drop();
        }

        _ = user.DrainAsync();
    }

    // Without pings of its own: a connection at rest costs neither side anything.
    private static async Task<MessageSocket> ConnectAsync(Uri url, CancellationToken cancellation)
    {
        var socket = new ClientWebSocket();
        socket.Options.KeepAliveInterval = Timeout.InfiniteTimeSpan;
        try
        {
            await socket.ConnectAsync(new UriBuilder(url) { Query = "v=8" }.Uri, Connector, cancellation);
            return new MessageSocket(socket);
        }
        catch (Exception exception) when (exception is WebSocketException or HttpRequestException)
        {
            socket.Dispose();
            throw new ConnectFailedException($"A user could not connect to {url}: {exception.GetBaseException().Message}", exception);
        }
    }

    /// <summary>Heartbeats, spread evenly over the interval.</summary>
    private async Task BeatAllAsync()
    {
        using var pulse = new PeriodicTimer(BeatPulse);
        var (due, next) = (0.0, 0L);
        try
        {
            while (await pulse.WaitForNextTickAsync(_stopping.Token))
            {
                for (due += _users.Length * (BeatPulse / BeatEvery); next < due; next++)
                {
                    await _users[(int)(next % _users.Length)].BeatAsync();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    private Snowflake ChannelId(int channel) => new(_firstId + 1 + (2 * (ulong)channel));

    private Snowflake GuildId(int channel) => new(_firstId + (2 * (ulong)channel));

    private Snowflake UserId(int user) => new(_firstId + (1UL << 32) + (ulong)user);
}

/// <summary>Who joins, where, and how.</summary>
internal sealed record CrowdOptions
{
    /// <summary>Who is in which channel.</summary>
    public required ICallShape Shape { get; init; }

    /// <summary>The modes, which users take in turn.</summary>
    public required ImmutableArray<TransportEncryptionMode> Modes { get; init; }

    /// <summary>The backend's address.</summary>
    public required Uri LvspUrl { get; init; }

    /// <summary>The secret shared with the node.</summary>
    public required string Secret { get; init; }

    /// <summary>Where a user connects.</summary>
    public required Func<int, Uri> VoiceUrl { get; init; }

    /// <summary>How many WebSockets stay open; the sessions of the others live on in their resume window. A process has only so many descriptors.</summary>
    public int OpenSockets { get; init; } = int.MaxValue;

    /// <summary>How long the backend waits for an answer.</summary>
    public TimeSpan AnswerLimit { get; init; } = TimeSpan.FromSeconds(30);
}
