using System.Collections.Immutable;
using VoiceCluster.Client.Lvsp;
using VoiceCluster.Client.Measuring;
using VoiceCluster.Client.Pacing;
using VoiceCluster.Client.Sockets;
using VoiceCluster.Client.Voice;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Client.Calls;

/// <summary>How far a test call has come.</summary>
public enum CallStage
{
    /// <summary>The backend joins the users.</summary>
    Joining,

    /// <summary>The users connect.</summary>
    Connecting,

    /// <summary>Speakers announce themselves until every listener knows them.</summary>
    Announcing,

    /// <summary>Speakers speak.</summary>
    Speaking,

    /// <summary>The last frames arrive.</summary>
    Settling,

    /// <summary>Users leave, and the channel is destroyed.</summary>
    Leaving,

    /// <summary>All over.</summary>
    Done,
}

/// <summary>A whole call from one process: a backend joins users, some speak, and all others check every frame they hear.</summary>
/// <param name="backend">The backend's connection, which the call does not end.</param>
/// <param name="options">What the call is made of.</param>
public sealed class TestCall(LvspClient backend, TestCallOptions options)
{
    private const int ConnectingAtOnce = 8;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    private readonly VoiceClient?[] _clients = new VoiceClient?[options.Users];
    private readonly Uri[] _urls = new Uri[options.Users];
    private readonly CallListener?[] _listeners = new CallListener?[options.Users];
    private ImmutableArray<CallSpeaker> _speakers = [];

    /// <summary>How far the call has come.</summary>
    public CallStage Stage { get; private set; }

    /// <summary>The mode in use, once the first user has connected.</summary>
    public TransportEncryptionMode? Mode => Array.Find(_clients, client => client?.Session is not null)?.Session?.Mode;

    /// <summary>The modes that the server offers, once the first user has identified.</summary>
    public IReadOnlyList<TransportEncryptionMode> OfferedModes =>
        Array.Find(_clients, client => client?.Ready is not null)?.Ready?.Modes.Items ?? [];

    /// <summary>What every user has sent and heard so far.</summary>
    public IReadOnlyList<CallFigures> Figures =>
        [.. _listeners.Select((listener, index) => listener?.Figures(_speakers.ElementAtOrDefault(index))).OfType<CallFigures>()];

    /// <summary>Delays of the frames that users heard of speakers at their own address, which is one node's unless a balancer stands before several.</summary>
    public DelayHistogram NearDelays() => DelayHistogram.Sum(_listeners.OfType<CallListener>().Select(listener => listener.Near));

    /// <summary>Delays of the frames that users heard of speakers at other addresses.</summary>
    public DelayHistogram FarDelays() => DelayHistogram.Sum(_listeners.OfType<CallListener>().Select(listener => listener.Far));

    /// <summary>Makes the call from joining to leaving.</summary>
    /// <exception cref="ClientException">Somebody could not join or connect, or was disconnected while the call lasted.</exception>
    public async Task<CallVerdict> RunAsync(CancellationToken cancellation = default)
    {
        try
        {
            await ConnectAllAsync(cancellation);
            await AnnounceAsync(cancellation);
            Stage = CallStage.Speaking;
            await PacedThread.RunAsync([.. _speakers.Select(speaker => (Action<TimeSpan>)speaker.Speak)], options.Duration, options.Time, cancellation);
            Stage = CallStage.Settling;
            await WaitUntilAsync(() => Figures.Sum(user => user.Missing) == 0, options.SettleLimit, cancellation);
            RefuseIfSomebodyLeft();
            return CallVerdict.Of(Figures, options.AllowedLossPercent);
        }
        finally
        {
            Stage = CallStage.Leaving;
            await LeaveAllAsync();
            Stage = CallStage.Done;
        }
    }

    private async Task ConnectAllAsync(CancellationToken cancellation)
    {
        var indices = Enumerable.Range(0, options.Users);
        var states = new VoiceStateDone[options.Users];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = ConnectingAtOnce, CancellationToken = cancellation };
        await Parallel.ForEachAsync(indices, parallel, async (index, stop) =>
            states[index] = await backend.JoinAsync(UserId(index), options.ChannelId, options.GuildId, stop));

        Stage = CallStage.Connecting;
        await Parallel.ForEachAsync(indices, parallel, (index, stop) => ConnectAsync(index, states[index], stop));
    }

    private async ValueTask ConnectAsync(int index, VoiceStateDone state, CancellationToken cancellation)
    {
        var url = options.VoiceUrls.IsEmpty ? VoiceUrl.From(state.Endpoint, options.LvspUrl) : options.VoiceUrls[index % options.VoiceUrls.Length];
        var client = new VoiceClient(new VoiceClientOptions
        {
            Url = url,
            UserId = state.UserId,
            ServerId = options.GuildId ?? options.ChannelId,
            ChannelId = options.ChannelId,
            SessionId = state.SessionId,
            Token = state.Token,
            Version = options.Version,
            Mode = options.Mode,
            LittleEndianNonce = index % 2 == 1,
            Trust = options.Trust,
            AnswerLimit = options.AnswerLimit,
            Time = options.Time,
        });
        var listener = new CallListener(client, url);
        client.Listener = listener.Hear;
        _urls[index] = url;
        _clients[index] = client;
        _listeners[index] = listener;
        await client.ConnectAsync(cancellation);
    }

    private async Task AnnounceAsync(CancellationToken cancellation)
    {
        Stage = CallStage.Announcing;
        _speakers = [.. _clients.Take(options.Speakers).Select((client, index) => new CallSpeaker(client!, _urls[index], index))];
        foreach (var listener in _listeners)
        {
            listener!.Expect(_speakers);
        }

        await Task.WhenAll(_clients.Take(options.Speakers).Select(client => client!.SpeakAsync(SpeakingFlags.Voice, cancellation)));
        if (!await WaitUntilAsync(() => _listeners.All(listener => listener!.KnowsAllSpeakers), options.AnswerLimit, cancellation))
        {
            RefuseIfSomebodyLeft();
            var deaf = _listeners.Count(listener => !listener!.KnowsAllSpeakers);
            throw new NoAnswerException($"{deaf} of {options.Users} users were not told who speaks within {options.AnswerLimit.TotalSeconds:0.#} s.");
        }
    }

    private void RefuseIfSomebodyLeft()
    {
        if (Array.Find(_clients, client => client?.Ended.IsCompleted == true) is { } lost)
        {
            throw lost.Ended.Result;
        }
    }

    private async Task LeaveAllAsync()
    {
        await Task.WhenAll(_clients.OfType<VoiceClient>().Select(client => client.DisposeAsync().AsTask()));
        try
        {
            for (var index = 0; index < options.Users; index++)
            {
                await backend.LeaveAsync(UserId(index), options.ChannelId, options.GuildId);
            }

            await backend.DestroyChannelAsync(options.ChannelId, options.GuildId);
        }
        catch (ConnectionEndedException)
        {
            // Without a link there is nothing to clean up over; what ended the call, if it did, is told already.
        }
    }

    private async Task<bool> WaitUntilAsync(Func<bool> condition, TimeSpan limit, CancellationToken cancellation)
    {
        for (var end = options.Time.Now() + limit; options.Time.Now() < end; await Task.Delay(Step, options.Time, cancellation))
        {
            if (condition())
            {
                return true;
            }
        }

        return condition();
    }

    private Snowflake UserId(int index) => new(options.FirstUserId.Value + (ulong)index);
}
