using VoiceCluster.Client.Lvsp;
using VoiceCluster.Client.Pacing;
using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Churn;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.LoadGen.Joins;

/// <summary>Users who join, connect up to the key for media, and leave, at an even rate over one backend's link.</summary>
/// <param name="link">Where the backend connects.</param>
/// <param name="options">How many channels, and where users connect; the counts in it are not used.</param>
/// <param name="rate">Joins a second.</param>
/// <param name="time">The clock.</param>
internal sealed class JoinStorm(LvspClientOptions link, ChurnOptions options, double rate, TimeProvider time)
{
    private static readonly TimeSpan Pulse = TimeSpan.FromMilliseconds(10);

    private readonly ulong _firstId = (ulong)Random.Shared.NextInt64(1L << 50, 1L << 60);
    private int _underWay;
    private long _skipped;

    /// <summary>What became of them.</summary>
    public ChurnCounts Counts { get; } = new();

    /// <summary>Joins that were not begun because too many others were under way.</summary>
    public long Skipped => Volatile.Read(ref _skipped);

    /// <summary>Joins until it is cancelled, and waits for those under way.</summary>
    /// <param name="ready">Called when the backend is connected.</param>
    /// <exception cref="ClientException">The backend cannot connect.</exception>
    public async Task RunAsync(Action ready, CancellationToken stopping)
    {
        await using var connection = await LvspClient.ConnectAsync(link, stopping);
        var backend = new OneLink(connection);
        ready();
        var begun = time.Now();
        long number = 0;
        using var pulse = new PeriodicTimer(Pulse, time);
        try
        {
            while (await pulse.WaitForNextTickAsync(stopping))
            {
                for (var due = (long)((time.Now() - begun).TotalSeconds * rate); number < due; number++)
                {
                    Begin(backend, (int)number);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Time is over.
        }

        while (Volatile.Read(ref _underWay) > 0)
        {
            await Task.Delay(Pulse, time, CancellationToken.None);
        }
    }

    private void Begin(IChurnBackend backend, int number)
    {
        if (Volatile.Read(ref _underWay) >= options.Concurrency)
        {
            Interlocked.Increment(ref _skipped);
            return;
        }

        Interlocked.Increment(ref _underWay);
        _ = RunOneAsync(backend, number);
    }

    private async Task RunOneAsync(IChurnBackend backend, int number)
    {
        await Task.Yield();
        var guild = _firstId + (2 * (ulong)(number % options.Channels));
        var channel = new ChurnedChannel(new Snowflake(guild + 1), new Snowflake(guild));
        try
        {
            await new ChurnedUser(backend, options, Counts, time).RunAsync(
                new ChurnVisit(number, new Snowflake(_firstId + (1UL << 32) + (ulong)number), channel), CancellationToken.None);
            Counts.Count();
        }
        catch (ClientException exception)
        {
            Counts.CountFailure(exception.Message);
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }
}
