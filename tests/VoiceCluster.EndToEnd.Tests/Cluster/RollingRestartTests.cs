using System.Collections.Concurrent;
using System.Diagnostics;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.Gateways.NodeLinks;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.TestKit;
using Xunit.Abstractions;

namespace VoiceCluster.EndToEnd.Tests.Cluster;

/// <summary>An upgrade: one node after the other is stopped and started again under its name, while people talk.</summary>
public sealed class RollingRestartTests(ITestOutputHelper output) : TrioTests
{
    /// <summary>Six times what is meant to be kept on a machine that has time, in milliseconds.</summary>
    private const double MostSilence = 3000;

    private static readonly TimeSpan FrameInterval = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentBag<TimeSpan> _silences = [];
    private readonly List<Talker> _users = [];

    public override async Task DisposeAsync()
    {
        foreach (var user in _users)
        {
            await user.DisposeAsync();
        }

        await base.DisposeAsync();
    }

    [PostgresFact]
    public async Task Nobody_is_dropped_while_every_node_is_restarted_and_speaks_a_newer_version_of_links_than_the_others()
    {
        var guild = Ids.Next();
        await using (var backend = await Backend.ConnectAsync(Nodes[0]))
        {
            foreach (var channel in new[] { Ids.Next(), Ids.Next() })
            {
                await backend.RequestChannelAsync(LvspForm.Litecord, channel, guild);
                foreach (var speaks in new[] { true, false, false })
                {
                    var user = await backend.JoinAsync(LvspForm.Litecord, Ids.Next(), channel, guild);
                    _users.Add(await Talker.StartAsync(Trio.At(user.Endpoint), user, speaks, _silences));
                }
            }
        }

        for (var node = 0; node < 3; node++)
        {
            await RestartAsync(node);
        }

        await Task.WhenAll(_users.Select(user => user.HearAsync()));
        _users.SelectMany(user => user.Closes).ShouldAllBe(code => code == (int)VoiceCloseCode.Disconnected);
        var sorted = _silences.Order().ToList();
        output.WriteLine($"silences over 60 ms: {sorted.Count}; p95 {At(sorted, 0.95):0} ms, longest {At(sorted, 1):0} ms");
        At(sorted, 0.95).ShouldBeLessThan(MostSilence);
    }

    private static double At(List<TimeSpan> sorted, double share) =>
        sorted.Count == 0 ? 0 : sorted[(int)Math.Ceiling((sorted.Count * share) - 1)].TotalMilliseconds;

    private async Task RestartAsync(int index)
    {
        var (stopped, name) = (Nodes[index], Trio.IdOf(Nodes[index]));
        await using var backend = await Backend.ConnectAsync(Trio.Beside(stopped));

        // What the backend is told of a user goes to the link that asked for him last.
        foreach (var user in _users)
        {
            var repeated = await backend.JoinAsync(LvspForm.Litecord, user.Is.UserId, user.Is.ChannelId, user.Is.GuildId);
            repeated.ShouldBe(user.Is);
        }

        var stopping = stopped.Host.StopAsync(CancellationToken.None);
        foreach (var _ in _users.Where(user => user.Is.Endpoint == Trio.EndpointOf(stopped)).ToArray())
        {
            var moved = await backend.TakeAsync(LvspForm.Litecord, 4);
            var user = _users.Single(user => user.Is.UserId == moved.Text("user_id"));
            await user.MoveAsync(Trio.At(moved.Text("endpoint")), user.Is with { Token = moved.Text("token"), Endpoint = moved.Text("endpoint") });
        }

        await stopping;
        await Trio.RestartAsync(index, "--Cluster:LinkVersion=2");
        Trio.IdOf(Nodes[index]).ShouldBe(name);
        await Eventually.HoldsAsync(() => Nodes.All(node => node.Part<NodeLinkTransport>().Links.Count(link => link.IsConnected) == 2));
        await Task.WhenAll(_users.Select(user => user.HearAsync()));
    }

    /// <summary>A user who speaks all the time, or listens and notes each silence; he connects to the next place before he leaves the last.</summary>
    private sealed class Talker : IAsyncDisposable
    {
        private readonly ConcurrentBag<TimeSpan> _silences;
        private readonly List<Caller> _callers = [];
        private readonly CancellationTokenSource _stopped = new();
        private readonly List<Task> _tasks = [];
        private volatile Caller _now;
        private long _heardAt;
        private long _heard;

        private Talker(Credentials credentials, Caller caller, ConcurrentBag<TimeSpan> silences) => (Is, _now, _silences) = (credentials, caller, silences);

        public Credentials Is { get; private set; }

        /// <summary>With which codes his connections were closed.</summary>
        public ConcurrentBag<int?> Closes { get; } = [];

        private bool Speaks { get; init; }

        public static async Task<Talker> StartAsync(EndToEndNode node, Credentials user, bool speaks, ConcurrentBag<TimeSpan> silences)
        {
            var caller = await Caller.ConnectAsync(node, user);
            var talker = new Talker(user, caller, silences) { Speaks = speaks };
            talker.Take(caller);
            if (speaks)
            {
                talker._tasks.Add(talker.SpeakAsync());
            }

            return talker;
        }

        public async Task MoveAsync(EndToEndNode node, Credentials moved)
        {
            var caller = await Caller.ConnectAsync(node, moved);
            Take(caller);
            (Is, _now) = (moved, caller);
        }

        /// <summary>Waits until something new has been heard; who speaks hears nobody.</summary>
        public async Task HearAsync()
        {
            var before = Interlocked.Read(ref _heard);
            await Eventually.HoldsAsync(() => Speaks || Interlocked.Read(ref _heard) > before + 10);
        }

        public async ValueTask DisposeAsync()
        {
            await _stopped.CancelAsync();
            foreach (var caller in _callers)
            {
                await caller.DisposeAsync();
            }

            await Task.WhenAll(_tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _stopped.Dispose();
        }

        private void Take(Caller caller)
        {
            _callers.Add(caller);
            _tasks.Add(ListenAsync(caller));
            _tasks.Add(WatchAsync(caller));
        }

        private async Task SpeakAsync()
        {
            using var timer = new PeriodicTimer(FrameInterval);
            while (await timer.WaitForNextTickAsync(_stopped.Token))
            {
                _now.Client.SendFrame(Guid.NewGuid().ToByteArray());
            }
        }

        private async Task ListenAsync(Caller caller)
        {
            while (true)
            {
                await caller.Heard.ReadAsync(_stopped.Token);
                var now = Stopwatch.GetTimestamp();
                var last = Interlocked.Exchange(ref _heardAt, now);
                if (Interlocked.Increment(ref _heard) > 1 && Stopwatch.GetElapsedTime(last, now) is var silence && silence > 3 * FrameInterval)
                {
                    _silences.Add(silence);
                }
            }
        }

        private async Task WatchAsync(Caller caller)
        {
            var ended = await caller.Client.Ended.WaitAsync(_stopped.Token);
            Closes.Add(ended.Code);
        }
    }
}
