using System.Collections.Concurrent;
using VoiceCluster.Client.Lvsp;
using VoiceCluster.Client.Pacing;
using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Chaos.Measuring;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Lvsp.Client;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.LoadGen.Chaos.Users;

/// <summary>A chat backend as it should be: resumes when its link breaks, asks again when an answer does not come, tells users what they are to connect to.</summary>
internal sealed class ChaosBackend : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(3);

    /// <summary>What was said so long ago has arrived: an answered heartbeat came after it.</summary>
    private static readonly TimeSpan Doubt = TimeSpan.FromSeconds(60);

    private readonly LvspClientOptions _options;
    private readonly CancellationTokenSource _stopped = new();
    private readonly ConcurrentDictionary<Snowflake, Action<VoiceStateDone>> _updates = new();
    private readonly ConcurrentDictionary<Snowflake, Action<VoiceStateDestroyed>> _ends = new();
    private readonly ConcurrentDictionary<Snowflake, (string Token, string Endpoint)> _told = new();
    private readonly ConcurrentDictionary<Snowflake, SaidLeave> _leaves = new();
    private LvspClient _client;
    private Task _running = Task.CompletedTask;
    private volatile bool _isAway;

    private ChaosBackend(LvspClientOptions options, LvspClient client) => (_options, _client) = (options, client);

    /// <summary>The numbered messages that came.</summary>
    public NoticeAccount Notices { get; } = new();

    /// <summary>When the last numbered message came.</summary>
    public TimeSpan LastMessageAt { get; private set; }

    /// <summary>How often a session could not be resumed.</summary>
    public int LostSessions { get; private set; }

    /// <summary>How often it was resumed.</summary>
    public int Resumes { get; private set; }

    /// <summary>Connects and identifies.</summary>
    public static async Task<ChaosBackend> StartAsync(Uri url, string secret, int number, CancellationToken cancellation)
    {
        var options = new LvspClientOptions { Url = url, Secret = secret, Name = $"backend {number}", AnswerLimit = AnswerLimit, Form = LvspForm.Litecord };
        var backend = new ChaosBackend(options, await LvspClient.ConnectAsync(options, cancellation));
        backend._running = Task.WhenAll(backend.ReadAsync(backend._client), backend.StayConnectedAsync());
        return backend;
    }

    /// <summary>Says who is told of new credentials and of the end of a voice state.</summary>
    public void Register(Snowflake user, Action<VoiceStateDone> onUpdate, Action<VoiceStateDestroyed> onEnd)
    {
        _updates[user] = onUpdate;
        _ends[user] = onEnd;
    }

    /// <summary>Joins a user, asking again for as long as it takes.</summary>
    /// <param name="user">The user.</param>
    /// <param name="channel">The channel.</param>
    /// <param name="guild">Its guild.</param>
    /// <param name="onTrouble">Told why an attempt failed.</param>
    public async Task<VoiceStateDone> JoinAsync(
        Snowflake user, Snowflake channel, Snowflake guild, Action<string> onTrouble, CancellationToken cancellation)
    {
        _leaves.TryRemove(user, out _);
        while (true)
        {
            try
            {
                var done = await _client.JoinAsync(user, channel, guild, cancellation);
                _told[user] = (done.Token, done.Endpoint);
                return done;
            }
            catch (ClientException exception)
            {
                onTrouble(exception.Message);
                await Task.Delay(Pause, cancellation);
            }
        }
    }

    /// <summary>Takes a user out, once there is a link to say so over.</summary>
    public async Task LeaveAsync(Snowflake user, Snowflake channel, Snowflake guild, CancellationToken cancellation)
    {
        _told.TryRemove(user, out _);
        while (true)
        {
            try
            {
                await _client.LeaveAsync(user, channel, guild, cancellation);
                _leaves[user] = new SaidLeave(channel, guild, TimeProvider.System.Now());
                return;
            }
            catch (ClientException)
            {
                await Task.Delay(Pause, cancellation);
            }
        }
    }

    /// <summary>Asks for a channel and waits for the answer once.</summary>
    /// <returns>False when none came.</returns>
    public async Task<bool> ProbeAsync(Snowflake channel, Snowflake guild, CancellationToken cancellation)
    {
        try
        {
            await _client.RequestChannelAsync(channel, guild, cancellation: cancellation);
            return true;
        }
        catch (ClientException)
        {
            return false;
        }
    }

    /// <summary>What is known of it, for those who look for what went wrong.</summary>
    public override string ToString() =>
        $"{_options.Name}: last message {(TimeProvider.System.Now() - LastMessageAt).TotalSeconds:0.0} s ago, {Notices.Received} in all, " +
        $"{(_client.Ended.IsCompleted ? "not connected" : "connected")}, resumed {Resumes} times";

    /// <summary>Breaks the link and stays away until <see cref="ComeBack"/>.</summary>
    public async Task GoAwayAsync()
    {
        _isAway = true;
        await _client.DropAsync();
    }

    /// <summary>Connects again.</summary>
    public void ComeBack() => _isAway = false;

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        await _client.DisposeAsync();
        await _running;
        _stopped.Dispose();
    }

    private async Task StayConnectedAsync()
    {
        try
        {
            while (true)
            {
                await _client.Ended.WaitAsync(_stopped.Token);
                await ReconnectAsync();
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task ReconnectAsync()
    {
        while (true)
        {
            await Task.Delay(Pause, _stopped.Token);
            try
            {
                if (!_isAway)
                {
                    await _client.ResumeAsync(_stopped.Token);
                    Resumes++;
                    await RepeatLeavesAsync();
                    return;
                }
            }
            catch (ConnectionEndedException exception) when (exception.Code == (int)LvspCloseCode.AuthenticationFailed)
            {
                await BeginAnewAsync();
                return;
            }
            catch (ClientException)
            {
                // The balancer may send the next attempt to another node.
            }
        }
    }

    private async Task BeginAnewAsync()
    {
        LostSessions++;
        while (true)
        {
            try
            {
                var client = await LvspClient.ConnectAsync(_options, _stopped.Token);
                Notices.BeginSession();
                await _client.DisposeAsync();
                _client = client;
                _ = ReadAsync(client);
                await RepeatLeavesAsync();
                return;
            }
            catch (ClientException)
            {
                await Task.Delay(Pause, _stopped.Token);
            }
        }
    }

    /// <summary>A leave has no answer: one that was under way when the link broke is said again.</summary>
    private async Task RepeatLeavesAsync()
    {
        foreach (var (user, said) in _leaves.Where(leave => TimeProvider.System.Now() - leave.Value.At < Doubt))
        {
            try
            {
                await _client.LeaveAsync(user, said.Channel, said.Guild, _stopped.Token);
            }
            catch (ClientException)
            {
                // The link is broken again, so all of them are said again.
                return;
            }
        }
    }

    private async Task ReadAsync(LvspClient client)
    {
        try
        {
            await foreach (var message in client.Messages.ReadAllAsync(_stopped.Token))
            {
                if (message is LvspServerMessage.Info info)
                {
                    Notices.Take(info.SequenceNumber);
                    LastMessageAt = TimeProvider.System.Now();
                    Dispatch(info.Notice);
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>A user is told whenever token or endpoint differ from what the user was told last.</summary>
    private void Dispatch(LvspNotice? notice)
    {
        switch (notice)
        {
            case VoiceStateDone done when _updates.TryGetValue(done.UserId, out var tell):
                if (_told.TryGetValue(done.UserId, out var last) && last != (done.Token, done.Endpoint))
                {
                    _told[done.UserId] = (done.Token, done.Endpoint);
                    tell(done);
                }

                break;
            case VoiceStateDestroyed destroyed when _ends.TryGetValue(destroyed.UserId, out var end):
                end(destroyed);
                break;
        }
    }

    private readonly record struct SaidLeave(Snowflake Channel, Snowflake Guild, TimeSpan At);
}
