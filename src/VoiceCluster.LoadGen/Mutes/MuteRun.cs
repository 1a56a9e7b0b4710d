using System.Diagnostics;
using VoiceCluster.Client.Lvsp;
using VoiceCluster.Client.Measuring;
using VoiceCluster.Client.Pacing;
using VoiceCluster.Client.Sockets;
using VoiceCluster.Client.Voice;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.LoadGen.Mutes;

/// <summary>One user who speaks a hundred frames a second, one who listens, and a backend that mutes the first.</summary>
internal sealed class MuteRun(LvspClient backend, Uri speakerUrl, Uri listenerUrl, ulong guild)
{
    private static readonly TimeSpan FrameInterval = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private static readonly TimeProvider Time = TimeProvider.System;

    private readonly Snowflake _guild = new(guild);
    private readonly Snowflake _channel = new((ulong)Random.Shared.NextInt64(1L << 50, 1L << 60));
    private long _heardAt;

    /// <summary>What a shell runs before each mute; nothing by default.</summary>
    public string? Before { get; init; }

    /// <summary>What it runs after each.</summary>
    public string? After { get; init; }

    /// <summary>How long each mute took, from the request to the last frame heard.</summary>
    public async Task<DelayHistogram> RunAsync(int count, CancellationToken cancellation)
    {
        await using var speaker = await ConnectAsync(1, speakerUrl, cancellation);
        await using var listener = await ConnectAsync(2, listenerUrl, cancellation);
        listener.Listener = (scoped in HeardFrame frame) => Volatile.Write(ref _heardAt, frame.ArrivedAt.Ticks);
        await speaker.SpeakAsync(SpeakingFlags.Voice, cancellation);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var speaking = SpeakAsync(speaker, stop.Token);
        var silences = new DelayHistogram();
        for (var i = 0; i < count; i++)
        {
            silences.Record(await MuteAsync(cancellation));
        }

        await stop.CancelAsync();
        await speaking;
        await backend.DestroyChannelAsync(_channel, _guild, cancellation);
        return silences;
    }

    private async Task<TimeSpan> MuteAsync(CancellationToken cancellation)
    {
        await UntilAsync(() => SinceHeard() < FrameInterval * 3, cancellation);

        // At any moment between two readings of the store.
        await Task.Delay(TimeSpan.FromSeconds(Random.Shared.NextDouble()), Time, cancellation);
        await RunAsync(Before, cancellation);
        var mutedAt = Time.Now();
        await SetMuteAsync(muted: true, cancellation);
        await UntilAsync(() => SinceHeard() > Silence, cancellation);
        var last = TimeSpan.FromTicks(Volatile.Read(ref _heardAt)) - mutedAt;
        await RunAsync(After, cancellation);
        await SetMuteAsync(muted: false, cancellation);
        return last;
    }

    private async Task<VoiceClient> ConnectAsync(ulong user, Uri url, CancellationToken cancellation)
    {
        var state = await backend.JoinAsync(new Snowflake(user), _channel, _guild, cancellation);
        var client = new VoiceClient(new VoiceClientOptions
        {
            Url = url,
            UserId = state.UserId,
            ServerId = _guild,
            ChannelId = _channel,
            SessionId = state.SessionId,
            Token = state.Token,
            Trust = TlsTrust.MachineAndLoopback,
        });
        await client.ConnectAsync(cancellation);
        return client;
    }

    private static async Task SpeakAsync(VoiceClient speaker, CancellationToken stopped)
    {
        using var timer = new PeriodicTimer(FrameInterval, Time);
        var frame = new byte[60];
        frame[0] = 0x78;
        try
        {
            while (await timer.WaitForNextTickAsync(stopped))
            {
                speaker.SendFrame(frame);
            }
        }
        catch (OperationCanceledException)
        {
            // Enough was measured.
        }
    }

    private ValueTask SetMuteAsync(bool muted, CancellationToken cancellation) => backend.SendAsync(
        new VoiceStateUpdate(new VoiceStateSelector(null, new Snowflake(1), _channel, _guild), new VoiceFlagsPatch { Mute = muted }), cancellation);

    private static async Task RunAsync(string? command, CancellationToken cancellation)
    {
        if (command is not null)
        {
            using var shell = Process.Start("/bin/sh", ["-c", command]);
            await shell.WaitForExitAsync(cancellation);
        }
    }

    private TimeSpan SinceHeard() => Time.Now() - TimeSpan.FromTicks(Volatile.Read(ref _heardAt));

    private static async Task UntilAsync(Func<bool> condition, CancellationToken cancellation)
    {
        for (var end = Time.Now() + Limit; !condition(); await Task.Delay(TimeSpan.FromMilliseconds(5), Time, cancellation))
        {
            if (Time.Now() > end)
            {
                throw new NoAnswerException($"A mute, or its end, did not take effect within {Limit.TotalSeconds:0} s.");
            }
        }
    }
}
