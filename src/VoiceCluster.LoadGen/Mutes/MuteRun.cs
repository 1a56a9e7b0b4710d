using System.Diagnostics;
using VoiceCluster.Client.Lvsp;
using VoiceCluster.Client.Measuring;
using VoiceCluster.Client.Pacing;
using VoiceCluster.Client.Sockets;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.LoadGen.Mutes;

/// <summary>Pairs of a speaker and a listener, each in a channel of its own in one guild, and a backend that mutes the speakers round after round.</summary>
/// <remarks>In a round each speaker is muted once, at a moment of its own, so that neither the requests nor the readings of the store fall together.</remarks>
internal sealed class MuteRun(LvspClient backend, Uri speakerUrl, Uri listenerUrl, ulong guild)
{
    // As far apart as readings of the store are: the end of a mute that came by one must not say when the next mute is asked for.
    private const double LongestPauseSeconds = 1;
    private const double SpreadSeconds = 0.3;
    private static readonly TimeProvider Time = TimeProvider.System;

    private readonly Snowflake _guild = new(guild);
    private readonly ulong _firstId = (ulong)Random.Shared.NextInt64(1L << 50, 1L << 60);

    /// <summary>What a shell runs before each round; nothing by default. It has to end with 0.</summary>
    public string? Before { get; init; }

    /// <summary>What it runs after each, also after one that failed; nobody asks how it ends.</summary>
    public string? After { get; init; }

    /// <summary>Which certificates are accepted where users connect.</summary>
    public TlsTrust Trust { get; init; } = TlsTrust.MachineAndLoopback;

    /// <summary>How long each mute took, from the request to the last frame heard.</summary>
    /// <param name="count">How many mutes, at least.</param>
    /// <param name="pairs">How many speakers take part in a round.</param>
    /// <param name="cancellation">Ends the run.</param>
    public async Task<DelayHistogram> RunAsync(int count, int pairs, CancellationToken cancellation)
    {
        var taking = new List<MutedPair>();
        try
        {
            for (var pair = 0; pair < pairs; pair++)
            {
                taking.Add(await StartAsync(pair, cancellation));
            }

            var silences = new DelayHistogram();
            while (silences.Count < count)
            {
                await RunRoundAsync(taking, silences, cancellation);
            }

            return silences;
        }
        finally
        {
            for (var pair = 0; pair < taking.Count; pair++)
            {
                await taking[pair].DisposeAsync();
                await backend.DestroyChannelAsync(ChannelOf(pair), _guild, CancellationToken.None);
            }
        }
    }

    private Task<MutedPair> StartAsync(int pair, CancellationToken cancellation) => MutedPair.StartAsync(
        backend, ChannelOf(pair), _guild, _firstId + (2 * (ulong)pair), speakerUrl, listenerUrl, Trust, cancellation);

    private Snowflake ChannelOf(int pair) => new(_firstId + (ulong)pair);

    private async Task RunRoundAsync(List<MutedPair> pairs, DelayHistogram silences, CancellationToken cancellation)
    {
        await Task.WhenAll(pairs.Select(pair => pair.HearAsync(cancellation)));
        await PauseAsync(LongestPauseSeconds, cancellation);
        var begun = Time.Now();
        await MuteAllAsync(pairs, silences, cancellation);
        foreach (var pair in pairs)
        {
            await pair.UnmuteAsync(cancellation);
        }

        // What was cut off is sent again ever more seldom, the next time after at most as long as it has lasted. Cut again before that, links would be silent for so long that
        // nodes declare each other dead.
        await Task.Delay(Before is null ? TimeSpan.Zero : Time.Now() - begun, Time, cancellation);
    }

    private async Task MuteAllAsync(List<MutedPair> pairs, DelayHistogram silences, CancellationToken cancellation)
    {
        try
        {
            if (await RunAsync(Before, cancellation) is not 0 and var status)
            {
                throw new RefusedException($"What --before names ended with {status}.");
            }

            foreach (var silence in await Task.WhenAll(pairs.Select(pair => MuteSoonAsync(pair, cancellation))))
            {
                silences.Record(silence);
            }
        }
        finally
        {
            await RunAsync(After, CancellationToken.None);
        }
    }

    private static async Task<TimeSpan> MuteSoonAsync(MutedPair pair, CancellationToken cancellation)
    {
        await PauseAsync(SpreadSeconds, cancellation);
        return await pair.MuteAsync(cancellation);
    }

    private static Task PauseAsync(double longestSeconds, CancellationToken cancellation) =>
        Task.Delay(TimeSpan.FromSeconds(Random.Shared.NextDouble() * longestSeconds), Time, cancellation);

    /// <summary>Lets a shell run a command.</summary>
    /// <returns>Its exit status; 0 for no command.</returns>
    private static async Task<int> RunAsync(string? command, CancellationToken cancellation)
    {
        if (command is null)
        {
            return 0;
        }

        using var shell = Process.Start("/bin/sh", ["-c", command]);
        await shell.WaitForExitAsync(cancellation);
        return shell.ExitCode;
    }
}
