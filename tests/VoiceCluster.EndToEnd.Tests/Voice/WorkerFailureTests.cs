using System.Buffers.Binary;
using System.Diagnostics;
using VoiceCluster.EndToEnd.Tests.Support;
using Xunit.Abstractions;

namespace VoiceCluster.EndToEnd.Tests.Voice;

/// <summary>A packet loop that fails while people talk.</summary>
public sealed class WorkerFailureTests(ITestOutputHelper output)
{
    /// <summary>The nonce counters that a loop reserves at once: one that begins after a failure starts in the next block.</summary>
    private const uint NonceBlock = 1 << 18;

    private const int WorkerFailedEvent = 201;

    [Fact]
    public async Task Loop_that_fails_under_traffic_goes_on_with_its_calls_and_repeats_no_nonce()
    {
        var sockets = new WatchedSockets();
        await using var node = await EndToEndNode.StartAsync(new EndToEndSetup
        {
            Flags = ["--Media:Workers=2", "--Media:MaximumAge=2s"],
            Services = sockets.Decorate,
            ExpectedErrors = entry => entry.Event.Id == WorkerFailedEvent,
        });
        await using var hurt = await Call.BeginAsync(node);
        await using var other = await Call.BeginAsync(node);
        hurt.Port.ShouldNotBe(other.Port);
        await Task.WhenAll(hurt.HearAsync(25), other.HearAsync(25));

        await sockets.FailLoopAsync(hurt.Port).WaitAsync(RawSocket.Limit);
        await Task.WhenAll(hurt.HearAsync(50), other.HearAsync(50));
        await Task.WhenAll(hurt.StopAsync(), other.StopAsync());

        foreach (var listener in hurt.Listeners.Concat(other.Listeners))
        {
            listener.Numbers.ShouldBeInOrder(SortDirection.Ascending);
            listener.Numbers.ShouldBeUnique();
            listener.Caller.Client.Ended.IsCompleted.ShouldBeFalse();
        }

        var counters = sockets.Sent.GroupBy(packet => (packet.From, packet.To)).ToList();
        counters.Count.ShouldBe(4);
        counters.ShouldAllBe(client => client.Select(packet => packet.Counter).Distinct().Count() == client.Count());
        counters.ShouldAllBe(client => client.Max(packet => packet.Counter / NonceBlock) == (client.Key.From == hurt.Port ? 1 : 0));
        hurt.Missing.ShouldBeLessThan(50);
        output.WriteLine($"longest silence {hurt.LongestSilence.TotalMilliseconds:F0} ms, {hurt.Missing} frames missing; "
            + $"in the other call {other.LongestSilence.TotalMilliseconds:F0} ms, {other.Missing}");
    }

    /// <summary>A speaker who sends a numbered frame every 20 ms, and two listeners.</summary>
    private sealed class Call : IAsyncDisposable
    {
        private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);

        private readonly Scene _scene;
        private readonly Caller _speaker;
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _speaking;

        private Call(Scene scene, Caller speaker, Listener[] listeners)
        {
            (_scene, _speaker, Listeners) = (scene, speaker, listeners);
            _speaking = SpeakAsync();
        }

        public Listener[] Listeners { get; }

        public int Port => _speaker.Client.Ready!.Port;

        public TimeSpan LongestSilence => Listeners.Max(listener => listener.LongestSilence);

        public int Missing => Listeners.Max(listener => listener.Numbers[^1] - listener.Numbers[0] + 1 - listener.Numbers.Count);

        public static async Task<Call> BeginAsync(EndToEndNode node)
        {
            var scene = await Scene.SetAsync(node);
            return new Call(scene, await scene.CallAsync(), [new Listener(await scene.CallAsync()), new Listener(await scene.CallAsync())]);
        }

        /// <summary>Waits until every listener has heard so many more frames.</summary>
        public Task HearAsync(int frames) => Task.WhenAll(Listeners.Select(listener => listener.HearAsync(frames)));

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await _speaking;
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            foreach (var listener in Listeners)
            {
                await listener.Caller.DisposeAsync();
            }

            await _speaker.DisposeAsync();
            await _scene.DisposeAsync();
            _stop.Dispose();
        }

        private async Task SpeakAsync()
        {
            using var timer = new PeriodicTimer(Pace);
            var frame = new byte[60];
            for (var number = 0; !_stop.IsCancellationRequested; number++)
            {
                BinaryPrimitives.WriteInt32BigEndian(frame, number);
                _speaker.Client.SendFrame(frame);
                await timer.WaitForNextTickAsync();
            }
        }
    }

    private sealed class Listener(Caller caller)
    {
        private long _lastAt;

        public Caller Caller { get; } = caller;

        public List<int> Numbers { get; } = [];

        public TimeSpan LongestSilence { get; private set; }

        public async Task HearAsync(int frames)
        {
            using var deadline = new CancellationTokenSource(RawSocket.Limit);
            for (; frames > 0; frames--)
            {
                var packet = await Caller.Heard.ReadAsync(deadline.Token);
                var now = Stopwatch.GetTimestamp();
                LongestSilence = _lastAt == 0 ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Max(LongestSilence.Ticks, Stopwatch.GetElapsedTime(_lastAt, now).Ticks));
                _lastAt = now;
                Numbers.Add(BinaryPrimitives.ReadInt32BigEndian(packet.Payload));
            }
        }
    }
}
