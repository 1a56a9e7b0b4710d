using System.Collections.Immutable;
using VoiceCluster.Client.Pacing;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.LoadGen.Chaos.Users;

/// <summary>Asks over every backend for some channel several times a second, so that there are always messages which a fault could lose or double.</summary>
internal sealed class LvspProbe : IAsyncDisposable
{
    private const int ChannelsPerBackend = 8;
    private const ulong GuildOffset = 1 << 18;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly ulong _firstId;
    private readonly CancellationTokenSource _stopped = new();
    private readonly Task _asking;
    private readonly Lock _gate = new();
    private TimeSpan _longest;
    private int _again;

    public LvspProbe(ImmutableArray<ChaosBackend> backends, ulong firstId)
    {
        _firstId = firstId;
        _asking = Task.WhenAll(backends.Select((backend, number) => AskAsync(backend, number)));
    }

    /// <summary>The longest time that a backend had to ask for an answer since the last reading, and how often it had to ask again.</summary>
    public (TimeSpan Longest, int Again) Take()
    {
        lock (_gate)
        {
            var taken = (_longest, _again);
            (_longest, _again) = (TimeSpan.Zero, 0);
            return taken;
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        await _asking;
        _stopped.Dispose();
    }

    private async Task AskAsync(ChaosBackend backend, int number)
    {
        try
        {
            for (var turn = 0; ; turn++)
            {
                await AskUntilAnsweredAsync(backend, (ulong)((number * ChannelsPerBackend) + (turn % ChannelsPerBackend)));
                await Task.Delay(Interval, _stopped.Token);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task AskUntilAnsweredAsync(ChaosBackend backend, ulong channel)
    {
        var begun = TimeProvider.System.Now();
        var again = 0;
        while (!await backend.ProbeAsync(new Snowflake(_firstId + channel), new Snowflake(_firstId + GuildOffset + channel), _stopped.Token))
        {
            again++;
            await Task.Delay(Interval, _stopped.Token);
        }

        var took = TimeProvider.System.Now() - begun;
        lock (_gate)
        {
            _longest = took > _longest ? took : _longest;
            _again += again;
        }
    }
}
