using System.Collections.Concurrent;
using VoiceCluster.Client.Assets;
using VoiceCluster.Client.Lvsp;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.EndToEnd.Tests.RealClients;

/// <summary>A node, a backend, and users with published libraries in one voice channel.</summary>
internal sealed class RealCall : IAsyncDisposable
{
    public static readonly Snowflake Guild = new(8_100_000_000_000_000_001);
    public static readonly Snowflake Channel = new(8_100_000_000_000_000_002);
    private const ulong FirstUser = 8_100_000_000_000_000_100;

    private readonly RunningNode _node;
    private readonly ConcurrentBag<DiscordJsClient> _clients = [];
    private int _users;

    private RealCall(RunningNode node, LvspClient backend) => (_node, Backend) = (node, backend);

    public LvspClient Backend { get; }

    public RunningNode Node => _node;

    private long Delayed => _node.Dropped(PacketDropReason.TooOld, PacketDropReason.Backlog);

    public static async Task<RealCall> StartAsync(params string[] flags)
    {
        var node = await RunningNode.StartAsync(flags);
        return new RealCall(node, await node.ConnectBackendAsync());
    }

    /// <summary>Frames of speech. No two of the asset are the same, so who says another part is told from the others by each frame.</summary>
    public static IReadOnlyList<string> Speech(int first, int count) =>
        [.. SpeechAsset.Frames.Slice(first, count).Select(frame => Convert.ToHexStringLower(frame.Span))];

    /// <summary>Joins users one after another, all with their libraries ready.</summary>
    public async Task<DiscordJsClient[]> JoinAsync(params DiscordJsLibrary[] libraries)
    {
        var clients = await Task.WhenAll(libraries.Select(StartClientAsync));
        foreach (var client in clients)
        {
            await ConnectAsync(client);
        }

        return clients;
    }

    /// <summary>Starts a library that is not in the call yet.</summary>
    public async Task<DiscordJsClient> StartClientAsync(DiscordJsLibrary library)
    {
        var userId = new Snowflake(FirstUser + (ulong)Interlocked.Increment(ref _users));
        var client = await DiscordJsClient.StartAsync(library, userId, _node.CertificateFile);
        _clients.Add(client);
        return client;
    }

    /// <summary>Lets the backend join a user and waits until the library is ready.</summary>
    /// <param name="endpoint">Where the library shall connect; null as told.</param>
    public async Task<VoiceStateDone> ConnectAsync(DiscordJsClient client, string? endpoint = null)
    {
        var state = await Backend.JoinAsync(client.UserId, Channel, Guild);
        client.Join(state, endpoint);
        await client.WaitUntilReadyAsync();
        return state;
    }

    /// <summary>Changes a user's booleans as the backend does; there is no answer to that.</summary>
    public ValueTask ChangeAsync(DiscordJsClient client, VoiceFlagsPatch flags) =>
        Backend.SendAsync(new VoiceStateUpdate(VoiceStateSelector.ByChannel(client.UserId, Channel, Guild), flags));

    /// <summary>Lets speakers announce themselves and waits until everybody else knows them.</summary>
    public static async Task AnnounceAsync(IReadOnlyCollection<DiscordJsClient> speakers, IReadOnlyCollection<DiscordJsClient> listeners)
    {
        foreach (var speaker in speakers)
        {
            speaker.Speak();
        }

        await Task.WhenAll(listeners.SelectMany(listener => speakers
            .Where(speaker => speaker != listener)
            .Select(speaker => listener.WaitUntilKnowsAsync(speaker.UserId))));
    }

    /// <summary>Lets everybody talk until everybody hears everybody: what is said from then on must arrive.</summary>
    /// <remarks>
    /// Workers of several nodes are told of a user who came beside what clients are told, and on a busy machine later: who speaks at once may not be heard everywhere
    /// from the first frame on.
    /// </remarks>
    public static async Task TalkUntilHeardAsync(params DiscordJsClient[] clients)
    {
        var begin = MachineClock.Now;
        foreach (var client in clients)
        {
            client.Talk();
        }

        await Task.WhenAll(clients.SelectMany(listener => clients.Where(speaker => speaker != listener).Select(speaker => listener.WaitUntilAsync(
            _ => listener.Heard(speaker.UserId).Any(frame => frame.IsMarked && frame.SentAt > begin), $"talk of {speaker.UserId}"))));
        await Task.WhenAll(clients.Select(client => client.HushAsync()));
    }

    /// <summary>Waits until a listener has heard all that a speaker says, and judges it.</summary>
    /// <remarks>
    /// Every frame has to come once, in order and as it was sent. A machine that is too busy to run the node within 100 ms makes the
    /// node drop what is too old by then; just as many frames as it counted may be missing.
    /// </remarks>
    public Task ShouldHearAsync(DiscordJsClient listener, DiscordJsClient speaker, IReadOnlyList<string> said) =>
        new HeardSpeech(listener, speaker, said).ShouldBeWholeAsync(() => Task.FromResult(_node.DescribeLosses()), () => Delayed);

    /// <summary>No client met an error, could not open what it received, or ended.</summary>
    public static void ShouldBeWithoutErrors(IEnumerable<DiscordJsClient> clients) =>
        clients.SelectMany(client => client.Events).Where(one => one.Name is "error" or "garbled" or "crashed").ShouldBeEmpty();

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_clients.Select(client => client.DisposeAsync().AsTask()));
        await Backend.DisposeAsync();
        await _node.DisposeAsync();
    }
}
