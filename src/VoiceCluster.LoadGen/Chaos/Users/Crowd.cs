using System.Collections.Immutable;
using VoiceCluster.Client.Pacing;
using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Chaos.Measuring;
using VoiceCluster.LoadGen.Cluster;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.LoadGen.Chaos.Users;

/// <summary>All users of a run with their backends, and the thread on which the speakers talk.</summary>
internal sealed class Crowd : IAsyncDisposable
{
    private static readonly TimeSpan Recent = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Forever = TimeSpan.FromDays(1);

    private readonly CancellationTokenSource _stopped = new();
    private readonly ImmutableArray<LocalNode> _nodes;
    private readonly Task _talking;

    private Crowd(ImmutableArray<LocalNode> nodes, ImmutableArray<ChaosBackend> backends, ImmutableArray<ChaosUser> users, LvspProbe probe)
    {
        _nodes = nodes;
        Backends = backends;
        Users = users;
        Probe = probe;
        Speakers = [.. users.Select(user => user.Voice).OfType<ChaosSpeaker>()];
        _talking = PacedThread.RunAsync([.. Speakers.Select(speaker => (Action<TimeSpan>)speaker.Speak)], Forever, TimeProvider.System, _stopped.Token);
    }

    /// <summary>The backends.</summary>
    public ImmutableArray<ChaosBackend> Backends { get; }

    /// <summary>The users; a user's number is its place.</summary>
    public ImmutableArray<ChaosUser> Users { get; }

    /// <summary>The voices of those who talk; a speaker's number is its place.</summary>
    public ImmutableArray<ChaosSpeaker> Speakers { get; }

    /// <summary>Requests that are made all the time.</summary>
    public LvspProbe Probe { get; }

    /// <summary>Connects the backends, one for each node. Nobody is in a call yet.</summary>
    public static async Task<Crowd> StartAsync(ChaosCluster cluster, ChaosOptions options, CancellationToken cancellation)
    {
        var backends = new List<ChaosBackend>();
        for (var i = 0; i < cluster.Nodes.Length; i++)
        {
            backends.Add(await ChaosBackend.StartAsync(cluster.Balancer.Url, ChaosCluster.Secret, i + 1, cancellation));
        }

        var roles = CrowdRoles.Of(options, cluster.Nodes.Length);
        var users = roles.Identities.Select(identity => new ChaosUser(
            identity, backends[identity.Number % backends.Count], new UserEars(roles.SpeakersFor(identity), options.StaleAfter), roles.VoiceOf(identity), options.Patience));
        return new Crowd(cluster.Nodes, [.. backends], [.. users], new LvspProbe([.. backends], roles.FirstId + (1 << 20)));
    }

    /// <summary>Which node a user is on, by its index; −1 if that is not known.</summary>
    public int NodeOf(ChaosUser user)
    {
        for (var i = 0; i < _nodes.Length; i++)
        {
            if (_nodes[i].Public.Address.ToString() == user.Host)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Brings every user into the call and to its home node, and waits until everybody hears everybody.</summary>
    /// <exception cref="NoAnswerException">Somebody does not.</exception>
    public async Task GatherAsync(TimeSpan limit, CancellationToken cancellation)
    {
        var astray = Users.Where(user => user.IsIn && NodeOf(user) != user.Identity.Home).ToList();
        await Parallel.ForEachAsync(astray, cancellation, async (user, stop) => await user.LeaveAsync(stop));
        foreach (var user in Users.Where(user => !user.IsIn))
        {
            user.Enter(_nodes[user.Identity.Home].VoiceUrl, _stopped.Token);
        }

        if (!await WaitUntilAllHearAsync(limit, cancellation))
        {
            throw new NoAnswerException($"users do not hear each other after {limit.TotalSeconds:0} s: {Describe([.. Deaf()])}; {string.Join("; ", Backends)}");
        }
    }

    /// <summary>Waits until everybody who is in a call hears everybody else there who speaks.</summary>
    /// <returns>False if that did not happen in time.</returns>
    public async Task<bool> WaitUntilAllHearAsync(TimeSpan limit, CancellationToken cancellation)
    {
        var end = TimeProvider.System.Now() + limit;
        while (Deaf().Any())
        {
            if (TimeProvider.System.Now() > end)
            {
                return false;
            }

            await Task.Delay(Step, cancellation);
        }

        return true;
    }

    /// <summary>Those in a call who do not hear all speakers there.</summary>
    public IEnumerable<ChaosUser> Deaf()
    {
        var now = TimeProvider.System.Now();
        return Users.Where(user => user.IsIn && !user.Ears.HearsAll(now, Recent));
    }

    /// <summary>How long the connections took that were made since the last call.</summary>
    public SilenceSummary TakeConnectTimes() => SilenceSummary.Of(Users.SelectMany(user => user.TakeConnectTimes()));

    /// <summary>Says of users who are not well where they are, and what last went wrong for the first of them.</summary>
    public static string Describe(IReadOnlyList<ChaosUser> users) =>
        $"{string.Join(", ", users.Select(user => $"{user.Identity.Number} in channel {user.Identity.ChannelIndex} at {(user.Client is null ? "no node" : user.Host)}"))}" +
        (users.FirstOrDefault(user => user.LastTrouble is not null)?.LastTrouble is { } trouble ? $" ({trouble})" : string.Empty);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        await Probe.DisposeAsync();
        await Task.WhenAll(Users.Select(user => user.DisposeAsync().AsTask()));
        await Task.WhenAll(Backends.Select(backend => backend.DisposeAsync().AsTask()));
        await _talking.ContinueWith(static _ => { }, TaskScheduler.Default);
        _stopped.Dispose();
    }
}

/// <summary>Who is in which channel, who talks, and whom each hears.</summary>
/// <param name="FirstId">Ids of users, channels and guilds begin here.</param>
internal sealed record CrowdRoles(ulong FirstId, ImmutableArray<ChaosIdentity> Identities, ImmutableDictionary<int, ChaosSpeaker> Voices)
{
    private const ulong GuildOffset = 1 << 18;
    private const ulong ChannelOffset = 1 << 19;

    /// <summary>Spreads users over channels, speakers over channels, and the members of each channel over nodes.</summary>
    public static CrowdRoles Of(ChaosOptions options, int nodes)
    {
        var first = (ulong)Random.Shared.NextInt64(1L << 50, 1L << 60);
        ImmutableArray<ChaosIdentity> identities = [.. Enumerable.Range(0, options.Users).Select(number =>
        {
            var (channel, member) = (number % options.Channels, number / options.Channels);
            var home = (options.Spread ? channel + member : channel) % nodes;
            return new ChaosIdentity(
                number,
                new Snowflake(first + (ulong)number),
                new Snowflake(first + ChannelOffset + (ulong)channel),
                new Snowflake(first + GuildOffset + (ulong)channel),
                channel,
                home,
                KeepsOldConnection: member % 2 == 1);
        })];

        // The first members of the channels in turn: with as many speakers as channels there is one in each.
        var voices = identities.Take(options.Speakers).ToImmutableDictionary(identity => identity.Number, identity => new ChaosSpeaker(identity.Number));
        return new CrowdRoles(first, identities, voices);
    }

    /// <summary>The voice of a user; null for one who only listens.</summary>
    public ChaosSpeaker? VoiceOf(ChaosIdentity identity) => Voices.GetValueOrDefault(identity.Number);

    /// <summary>Whom a user hears.</summary>
    public ImmutableArray<ChaosSpeaker> SpeakersFor(ChaosIdentity identity) =>
    [
        .. Identities
            .Where(other => other.ChannelIndex == identity.ChannelIndex && other.Number != identity.Number && Voices.ContainsKey(other.Number))
            .Select(other => Voices[other.Number]),
    ];
}
