using VoiceCluster.Client.Lvsp;
using VoiceCluster.Client.Pacing;
using VoiceCluster.Client.Sockets;
using VoiceCluster.Client.Voice;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.LoadGen.Mutes;

/// <summary>One user who speaks a hundred frames a second and one who listens, alone in a channel.</summary>
internal sealed class MutedPair : IAsyncDisposable
{
    private static readonly TimeSpan FrameInterval = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private static readonly TimeProvider Time = TimeProvider.System;

    private readonly LvspClient _backend;
    private readonly VoiceStateSelector _speakerState;
    private readonly VoiceClient _speaker;
    private readonly VoiceClient _listener;
    private readonly CancellationTokenSource _stopped = new();
    private readonly Task _speaking;
    private long _heardAt;

    private MutedPair(LvspClient backend, VoiceStateSelector speakerState, VoiceClient speaker, VoiceClient listener)
    {
        _backend = backend;
        _speakerState = speakerState;
        _speaker = speaker;
        _listener = listener;
        _listener.Listener = (scoped in HeardFrame frame) => Volatile.Write(ref _heardAt, frame.ArrivedAt.Ticks);
        _speaking = SpeakAsync(_stopped.Token);
    }

    /// <summary>Joins both and lets the first speak.</summary>
    /// <param name="backend">Who lets them in, and mutes.</param>
    /// <param name="channel">Their channel.</param>
    /// <param name="guild">Its guild.</param>
    /// <param name="users">The first of two ids that are nobody else's.</param>
    /// <param name="speakerUrl">Where the first connects.</param>
    /// <param name="listenerUrl">Where the second does.</param>
    /// <param name="trust">Which certificates are accepted there.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<MutedPair> StartAsync(
        LvspClient backend, Snowflake channel, Snowflake guild, ulong users, Uri speakerUrl, Uri listenerUrl, TlsTrust trust, CancellationToken cancellation)
    {
        var speaker = await ConnectAsync(backend, channel, guild, new Snowflake(users), speakerUrl, trust, cancellation);
        var listener = await ConnectAsync(backend, channel, guild, new Snowflake(users + 1), listenerUrl, trust, cancellation);
        await speaker.SpeakAsync(SpeakingFlags.Voice, cancellation);
        return new MutedPair(backend, new VoiceStateSelector(null, new Snowflake(users), channel, guild), speaker, listener);
    }

    /// <summary>Mutes the speaker and waits until he is not heard.</summary>
    /// <returns>The time from the request to the last frame heard.</returns>
    public async Task<TimeSpan> MuteAsync(CancellationToken cancellation)
    {
        var mutedAt = Time.Now();
        await SetMuteAsync(muted: true, cancellation);
        await UntilAsync(() => SinceHeard() > Silence, cancellation);
        return TimeSpan.FromTicks(Volatile.Read(ref _heardAt)) - mutedAt;
    }

    /// <summary>Takes the mute back.</summary>
    public ValueTask UnmuteAsync(CancellationToken cancellation) => SetMuteAsync(muted: false, cancellation);

    /// <summary>Waits until the speaker is heard.</summary>
    public Task HearAsync(CancellationToken cancellation) => UntilAsync(() => SinceHeard() < FrameInterval * 3, cancellation);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        await _speaking;
        await _speaker.DisposeAsync();
        await _listener.DisposeAsync();
        _stopped.Dispose();
    }

    private static async Task<VoiceClient> ConnectAsync(
        LvspClient backend, Snowflake channel, Snowflake guild, Snowflake user, Uri url, TlsTrust trust, CancellationToken cancellation)
    {
        var state = await backend.JoinAsync(user, channel, guild, cancellation);
        var client = new VoiceClient(new VoiceClientOptions
        {
            Url = url,
            UserId = state.UserId,
            ServerId = guild,
            ChannelId = channel,
            SessionId = state.SessionId,
            Token = state.Token,
            Trust = trust,
        });
        await client.ConnectAsync(cancellation);
        return client;
    }

    private async Task SpeakAsync(CancellationToken stopped)
    {
        using var timer = new PeriodicTimer(FrameInterval, Time);
        var frame = new byte[60];
        frame[0] = 0x78;
        try
        {
            while (await timer.WaitForNextTickAsync(stopped))
            {
                _speaker.SendFrame(frame);
            }
        }
        catch (OperationCanceledException)
        {
            // Enough was measured.
        }
    }

    private ValueTask SetMuteAsync(bool muted, CancellationToken cancellation) =>
        _backend.SendAsync(new VoiceStateUpdate(_speakerState, new VoiceFlagsPatch { Mute = muted }), cancellation);

    private TimeSpan SinceHeard() => Time.Now() - TimeSpan.FromTicks(Volatile.Read(ref _heardAt));

    private static async Task UntilAsync(Func<bool> condition, CancellationToken cancellation)
    {
        for (var end = Time.Now() + Limit; !condition(); await Task.Delay(Step, Time, cancellation))
        {
            if (Time.Now() > end)
            {
                throw new NoAnswerException($"A mute, or its end, did not take effect within {Limit.TotalSeconds:0} s.");
            }
        }
    }
}
