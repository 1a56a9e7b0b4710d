using System.Collections.Immutable;
using System.Text.Json;
using VoiceCluster.Client.Sockets;

namespace VoiceCluster.LoadGen.Chaos.Report;

/// <summary>What a fault may do at most, by its name, from a file in JSON.</summary>
/// <remarks>
/// <code>
/// {
///   "all":  { "unaffected-p99-ms": 100, "ghosts": 0 },     // for every fault that says nothing else
///   "kill": { "affected-p95-ms": 5000, "ghosts": null }    // null: not judged
/// }
/// </code>
/// </remarks>
internal sealed class Thresholds
{
    private const string ForAll = "all";

    private static readonly ImmutableSortedDictionary<string, Func<FaultResult, double?>> Figures = new Dictionary<string, Func<FaultResult, double?>>
    {
        ["detected-ms"] = result => OrNever(result.DetectedAfter),
        ["affected-p50-ms"] = result => result.Affected.P50.TotalMilliseconds,
        ["affected-p95-ms"] = result => result.Affected.P95.TotalMilliseconds,
        ["affected-p99-ms"] = result => result.Affected.P99.TotalMilliseconds,
        ["unaffected-p95-ms"] = result => result.Unaffected.P95.TotalMilliseconds,
        ["unaffected-p99-ms"] = result => result.Unaffected.P99.TotalMilliseconds,
        ["lost-percent"] = result => result.FramesExpected == 0 ? 0 : 100.0 * result.FramesLost / result.FramesExpected,
        ["duplicates"] = result => result.Duplicates,
        ["stale"] = result => result.Stale,
        ["ghosts"] = result => result.Ghosts.Unread > 0 ? double.PositiveInfinity : result.Ghosts.Count,
        ["lvsp-lost"] = result => result.NoticesLost,
        ["lvsp-duplicated"] = result => result.NoticesDuplicated,
        ["not-back"] = result => result.NotBack,
        ["rejoined"] = result => result.Rejoined,
        ["emptied-ms"] = result => OrNever(result.Figures.EmptiedAfter),
        ["users-left"] = result => result.Figures.UsersLeft ?? double.PositiveInfinity,
        ["ready-again-ms"] = result => OrNever(result.Figures.ReadyAgainAfter),
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    private readonly Dictionary<(string Fault, string Figure), double?> _limits = [];

    /// <summary>Reads a file.</summary>
    /// <exception cref="ConnectFailedException">It cannot be read, or says something that has no meaning.</exception>
    public static Thresholds Read(string file)
    {
        try
        {
            return Parse(File.ReadAllText(file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new ConnectFailedException($"The thresholds in {file} cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Reads the text of a file.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    /// <exception cref="KeyNotFoundException">It names a figure that there is not.</exception>
    public static Thresholds Parse(string text)
    {
        var thresholds = new Thresholds();
        using var json = JsonDocument.Parse(text, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        foreach (var fault in json.RootElement.EnumerateObject())
        {
            foreach (var limit in fault.Value.EnumerateObject())
            {
                if (!Figures.ContainsKey(limit.Name))
                {
                    throw new KeyNotFoundException($"'{limit.Name}' is none of {string.Join(", ", Figures.Keys)}.");
                }

                thresholds._limits[(fault.Name, limit.Name)] = limit.Value.ValueKind == JsonValueKind.Null ? null : limit.Value.GetDouble();
            }
        }

        return thresholds;
    }

    /// <summary>What of a result is more than it may be, a sentence for each.</summary>
    public ImmutableArray<string> Judge(FaultResult result) =>
    [
        .. Figures
            .Select(figure => (figure.Key, Value: figure.Value(result), Limit: LimitOf(result.Name, figure.Key)))
            .Where(judged => judged.Limit is not null && judged.Value > judged.Limit)
            .Select(judged => $"{result.Name}: {judged.Key} is {judged.Value:0.##}, at most {judged.Limit:0.##} was asked for"),
    ];

    private static double OrNever(TimeSpan? time) => time?.TotalMilliseconds ?? double.PositiveInfinity;

    private double? LimitOf(string fault, string figure) =>
        _limits.TryGetValue((fault, figure), out var own) ? own : _limits.GetValueOrDefault((ForAll, figure));
}
