using System.Diagnostics;
using VoiceCluster.Client.Lvsp;
using VoiceCluster.Client.Measuring;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.LoadGen.Mutes;

/// <summary>Pairs of a speaker and a listener, each in a channel of its own in one guild, and a backend that mutes the speakers round after round.</summary>
/// <remarks>In a round each speaker is muted once, at a moment of its own, so that neither the requests nor the readings of the store fall together.</remarks>
internal sealed class MuteRun(LvspClient backend, Uri speakerUrl, Uri listenerUrl, ulong guild)
{
    private const double LongestPauseSeconds = 0.5;
    private const double SpreadSeconds = 0.3;

    private readonly Snowflake _guild = new(guild);
    private readonly ulong _firstId = (ulong)Random.Shared.NextInt64(1L << 50, 1L << 60);

    /// <summary>What a shell runs before each round; nothing by default.</summary>
    public string? Before { get; init; }

    /// <summary>What it runs after each.</summary>
    public string? After { get; init; }

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
        backend, ChannelOf(pair), _guild, _firstId + (2 * (ulong)pair), speakerUrl, listenerUrl, cancellation);

    private Snowflake ChannelOf(int pair) => new(_firstId + (ulong)pair);

    private async Task RunRoundAsync(List<MutedPair> pairs, DelayHistogram silences, CancellationToken cancellation)
    {
        await Task.WhenAll(pairs.Select(pair => pair.HearAsync(cancellation)));
        await PauseAsync(LongestPauseSeconds, cancellation);
        await RunAsync(Before, cancellation);
        foreach (var silence in await Task.WhenAll(pairs.Select(pair => MuteSoonAsync(pair, cancellation))))
        {
            silences.Record(silence);
        }

        await RunAsync(After, cancellation);
        foreach (var pair in pairs)
        {
            await pair.UnmuteAsync(cancellation);
        }
    }

    private static async Task<TimeSpan> MuteSoonAsync(MutedPair pair, CancellationToken cancellation)
    {
        await PauseAsync(SpreadSeconds, cancellation);
        return await pair.MuteAsync(cancellation);
    }

    private static Task PauseAsync(double longestSeconds, CancellationToken cancellation) =>
        Task.Delay(TimeSpan.FromSeconds(Random.Shared.NextDouble() * longestSeconds), TimeProvider.System, cancellation);

    private static async Task RunAsync(string? command, CancellationToken cancellation)
    {
        if (command is not null)
        {
            using var shell = Process.Start("/bin/sh", ["-c", command]);
            await shell.WaitForExitAsync(cancellation);
        }
    }
}
