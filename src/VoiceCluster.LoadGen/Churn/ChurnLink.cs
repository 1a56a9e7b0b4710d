using VoiceCluster.Client.Lvsp;
using VoiceCluster.Client.Pacing;
using VoiceCluster.Client.Sockets;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.LoadGen.Churn;

/// <summary>A backend's link to one node, which may break: what it said over it and cannot know to have arrived is kept to be said again.</summary>
/// <remarks>
/// A leave is not answered. But a node carries out the requests of one connection in order, and what it has to put off it tries again by itself, so the answer to a
/// join says that the node lived long enough for every leave before it. Any thread.
/// </remarks>
internal sealed class ChurnLink : IChurnBackend, IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ReconnectLimit = TimeSpan.FromSeconds(30);

    private readonly LvspClientOptions _options;
    private readonly Lock _gate = new();
    private readonly LinkedList<Leave> _unconfirmed = [];
    private volatile LvspClient _client;
    private long _sent;

    private ChurnLink(LvspClientOptions options, LvspClient client) => (_options, _client) = (options, client);

    /// <summary>Whether it can be used.</summary>
    public bool IsOpen => !_client.Ended.IsCompleted;

    /// <summary>How often its session could not be resumed.</summary>
    public int LostSessions { get; private set; }

    /// <summary>Connects.</summary>
    /// <exception cref="ClientException">The node cannot be reached, or refuses.</exception>
    public static async Task<ChurnLink> ConnectAsync(LvspClientOptions options, CancellationToken cancellation) =>
        new(options, await LvspClient.ConnectAsync(options, cancellation));

    /// <inheritdoc />
    public async Task<VoiceStateDone> JoinAsync(Snowflake user, Snowflake channel, Snowflake guild, CancellationToken cancellation)
    {
        var client = _client;
        var sentBefore = Volatile.Read(ref _sent);
        var done = await client.JoinAsync(user, channel, guild, cancellation);
        Confirm(client, sentBefore);
        return done;
    }

    /// <inheritdoc />
    public async ValueTask LeaveAsync(Snowflake user, Snowflake channel, Snowflake guild, CancellationToken cancellation)
    {
        var client = _client;
        var leave = new Leave(user, channel, guild, client);
        lock (_gate)
        {
            _unconfirmed.AddLast(leave);
        }

        try
        {
            await client.LeaveAsync(user, channel, guild, cancellation);
        }
        catch
        {
            // Whoever wanted it knows that it was not said.
            lock (_gate)
            {
                _unconfirmed.Remove(leave);
            }

            throw;
        }

        lock (_gate)
        {
            leave.Place = Interlocked.Increment(ref _sent);
        }
    }

    /// <summary>Ends a channel.</summary>
    /// <exception cref="ClientException">The link is broken.</exception>
    public ValueTask DestroyChannelAsync(ChurnedChannel channel, CancellationToken cancellation) =>
        _client.DestroyChannelAsync(channel.Channel, channel.Guild, cancellation);

    /// <summary>Waits until the end of the connection is noticed.</summary>
    /// <exception cref="NoAnswerException">It is not.</exception>
    public Task WaitForEndAsync(CancellationToken cancellation) =>
        _client.Ended.WithinAsync(_options.AnswerLimit, _options.Time, _options.Name, "the end of a link whose node was killed", cancellation);

    /// <summary>Says over another link what may not have arrived over this one.</summary>
    /// <exception cref="ClientException">The other link is broken.</exception>
    public async Task RepeatLeavesAsync(ChurnLink other, CancellationToken cancellation)
    {
        Leave[] leaves;
        lock (_gate)
        {
            leaves = [.. _unconfirmed];
            _unconfirmed.Clear();
        }

        foreach (var leave in leaves)
        {
            await other.LeaveAsync(leave.User, leave.Channel, leave.Guild, cancellation);
        }
    }

    /// <summary>Goes on with the session, or begins another where that cannot be.</summary>
    /// <exception cref="NoAnswerException">Neither works.</exception>
    public async Task ReconnectAsync(CancellationToken cancellation)
    {
        for (var end = _options.Time.Now() + ReconnectLimit; !await TryReconnectAsync(cancellation); await Task.Delay(Pause, _options.Time, cancellation))
        {
            if (_options.Time.Now() > end)
            {
                throw new NoAnswerException($"{_options.Name} could not connect to {_options.Url} again.");
            }
        }
    }

    /// <summary>Confirms every notice that came, which the server then need not keep.</summary>
    public Task ConfirmNoticesAsync() => _client.BeatAsync(_options.Time.Now());

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private void Confirm(LvspClient client, long place)
    {
        lock (_gate)
        {
            for (var node = _unconfirmed.First; node is not null;)
            {
                var next = node.Next;
                if (node.Value.Client == client && node.Value.Place <= place)
                {
                    _unconfirmed.Remove(node);
                }

                node = next;
            }
        }
    }

    private async Task<bool> TryReconnectAsync(CancellationToken cancellation)
    {
        try
        {
            await _client.ResumeAsync(cancellation);
            return true;
        }
        catch (ConnectionEndedException exception) when (exception.Code is not null && exception.Reason != LvspCloseReason.Unavailable)
        {
            return await TryBeginAnewAsync(cancellation);
        }
        catch (ClientException)
        {
            return false;
        }
    }

    private async Task<bool> TryBeginAnewAsync(CancellationToken cancellation)
    {
        try
        {
            var client = await LvspClient.ConnectAsync(_options, cancellation);
            await _client.DisposeAsync();
            _client = client;
            LostSessions++;
            return true;
        }
        catch (ClientException)
        {
            return false;
        }
    }

    /// <summary>A leave that was said or is about to be.</summary>
    private sealed class Leave(Snowflake user, Snowflake channel, Snowflake guild, LvspClient client)
    {
        public Snowflake User { get; } = user;

        public Snowflake Channel { get; } = channel;

        public Snowflake Guild { get; } = guild;

        public LvspClient Client { get; } = client;

        /// <summary>Which one it was among those that were said; none before it was.</summary>
        public long Place { get; set; } = long.MaxValue;
    }
}
