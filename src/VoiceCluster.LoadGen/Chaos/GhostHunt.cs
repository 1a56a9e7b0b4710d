using VoiceCluster.LoadGen.Chaos.Report;
using VoiceCluster.LoadGen.Chaos.Users;

namespace VoiceCluster.LoadGen.Chaos;

/// <summary>Compares who is in a call with what nodes, store and clients believe.</summary>
internal sealed class GhostHunt(ChaosCluster cluster, Crowd crowd)
{
    private const string VoiceStateRows = "select count(*) from voicecluster.entities where kind = 2";

    /// <summary>Counts what is too much everywhere.</summary>
    public async Task<GhostCount> CountAsync(CancellationToken cancellation)
    {
        var connected = crowd.Users.Count(user => user.Client is not null);
        var isIn = crowd.Users.Where(user => user.IsIn).Select(user => user.Identity.User).ToHashSet();
        var rows = await cluster.Database.CountAsync(VoiceStateRows, cancellation) ?? isIn.Count;
        var (sessions, media) = (0.0, 0.0);
        foreach (var node in cluster.Nodes)
        {
            var metrics = await node.ReadMetricsAsync(cancellation);
            sessions += metrics?.Sum("voicecluster_gateway_sessions") ?? 0;
            media += metrics?.Sum("voicecluster_media_sessions") ?? 0;
        }

        var listed = crowd.Users
            .Where(user => user is { IsIn: true, Client: not null })
            .SelectMany(user => user.Client?.Roster.Users ?? [])
            .Where(user => !isIn.Contains(user))
            .Distinct()
            .Count();
        return new GhostCount(TooMany(sessions, connected), TooMany(media, connected), TooMany(rows, isIn.Count), listed);
    }

    private static int TooMany(double there, int known) => Math.Max(0, (int)there - known);
}
