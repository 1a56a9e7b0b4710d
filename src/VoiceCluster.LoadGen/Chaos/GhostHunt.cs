using System.Globalization;
using VoiceCluster.LoadGen.Chaos.Report;
using VoiceCluster.LoadGen.Chaos.Users;
using VoiceCluster.LoadGen.Cluster;

namespace VoiceCluster.LoadGen.Chaos;

/// <summary>Compares who is in a call with what nodes, store and clients believe.</summary>
internal sealed class GhostHunt(ChaosCluster cluster, Crowd crowd)
{
    private const string VoiceStateKeys = "select key from voicecluster.entities where kind = 2";
    private const int Attempts = 3;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);

    /// <summary>Counts what is too much everywhere. Who does not answer, three times in a row, is not taken for somebody without ghosts.</summary>
    public async Task<GhostCount> CountAsync(CancellationToken cancellation)
    {
        var (sessions, media, unread) = (0, 0, 0);
        foreach (var node in cluster.Nodes)
        {
            if (await TryAsync(() => ReadAsync(node, cancellation), cancellation) is { } held)
            {
                sessions += TooMany(held.Sessions, held.Connected);
                media += TooMany(held.Media, held.Connected);
            }
            else
            {
                unread++;
            }
        }

        var isIn = crowd.Users.Where(user => user.IsIn).Select(user => user.Identity.User.Value).ToHashSet();
        var rows = await TryAsync(() => cluster.Database.QueryAsync(VoiceStateKeys, cancellation), cancellation);
        return new GhostCount(sessions, media, TooMany(rows ?? [], isIn), CountListed(isIn)) { Unread = unread + (rows is null ? 1 : 0) };
    }

    /// <summary>Counts again and again until there is nothing too much and everybody answered, or the time is over.</summary>
    public async Task<GhostCount> CountUntilNoneAsync(TimeSpan limit, CancellationToken cancellation)
    {
        var end = TimeProvider.System.GetUtcNow() + limit;
        var count = await CountAsync(cancellation);
        while (!count.IsNone && TimeProvider.System.GetUtcNow() < end)
        {
            await Task.Delay(Step, cancellation);
            count = await CountAsync(cancellation);
        }

        return count;
    }

    /// <summary>How many more sessions one node has than clients are connected to it: what another has too few of makes up for nothing.</summary>
    internal static int TooMany(double there, int known) => Math.Max(0, (int)there - known);

    /// <summary>How many rows are not those of these users, or a second one of such a user.</summary>
    /// <param name="keys">Of the rows: <c>realm/scope/user</c>.</param>
    /// <param name="isIn">Those who are in a call; each has one row at most.</param>
    internal static int TooMany(IEnumerable<string> keys, IReadOnlySet<ulong> isIn)
    {
        var found = new HashSet<ulong>();
        return keys.Count(key =>
            !ulong.TryParse(key.AsSpan(key.LastIndexOf('/') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var user) || !isIn.Contains(user) || !found.Add(user));
    }

    private async Task<Held?> ReadAsync(LocalNode node, CancellationToken cancellation)
    {
        if (await node.ReadMetricsAsync(cancellation) is not { } metrics)
        {
            return null;
        }

        // A node that has had no session yet says nothing about them.
        return new Held(
            metrics.Sum("voicecluster_gateway_sessions") ?? 0,
            metrics.Sum("voicecluster_media_sessions") ?? 0,
            crowd.Users.Count(user => user.Client is not null && crowd.NodeOf(user) == node.Index));
    }

    private int CountListed(HashSet<ulong> isIn) => crowd.Users
        .Where(user => user is { IsIn: true, Client: not null })
        .SelectMany(user => user.Client?.Roster.Users ?? [])
        .Where(user => !isIn.Contains(user.Value))
        .Distinct()
        .Count();

    private static async Task<T?> TryAsync<T>(Func<Task<T?>> read, CancellationToken cancellation)
        where T : class
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await read() is { } found)
            {
                return found;
            }

            if (attempt == Attempts)
            {
                return null;
            }

            await Task.Delay(Step, cancellation);
        }
    }

    private sealed record Held(double Sessions, double Media, int Connected);
}
