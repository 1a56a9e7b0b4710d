using System.Collections.Immutable;
using VoiceCluster.Client.Pacing;
using VoiceCluster.LoadGen.Chaos.Faults;
using VoiceCluster.LoadGen.Chaos.Measuring;
using VoiceCluster.LoadGen.Chaos.Users;

namespace VoiceCluster.LoadGen.Chaos;

/// <summary>What users hear from just before a fault until some time after it.</summary>
internal sealed class FaultWindow
{
    private readonly Crowd _crowd;
    private readonly TimeSpan _began = TimeProvider.System.Now();
    private readonly ImmutableArray<PlacedUser> _placed;
    private readonly (int Rejoins, long Wrong) _counts;
    private readonly (long Lost, long Duplicated, int Sessions) _notices;

    /// <summary>Begins.</summary>
    public FaultWindow(Crowd crowd)
    {
        _crowd = crowd;
        _placed = [.. crowd.Users.Select(user => new PlacedUser(user, crowd.NodeOf(user)))];
        _counts = ReadCounts();
        _notices = ReadNotices();
        foreach (var user in crowd.Users)
        {
            user.Ears.BeginWindow();
        }
    }

    /// <summary>Where everybody was when it began.</summary>
    public ImmutableArray<PlacedUser> Placed => _placed;

    /// <summary>Reads what was heard by those who stayed.</summary>
    public HeardWindow End(Fault fault, TimeSpan ended, IReadOnlySet<ChaosUser> leavers)
    {
        var affected = new List<TimeSpan>();
        var unaffected = new List<TimeSpan>();
        var pairs = new List<PairWindow>();
        foreach (var listener in _placed.Where(placed => !leavers.Contains(placed.User)))
        {
            foreach (var pair in listener.User.Ears.ReadWindow(_began, ended))
            {
                pairs.Add(pair);
                (fault.Separates(listener, _placed[pair.Speaker]) ? affected : unaffected).Add(pair.Silence);
            }
        }

        return new HeardWindow(
            SilenceSummary.Of(affected),
            SilenceSummary.Of(unaffected),
            pairs.Sum(pair => pair.Sent),
            pairs.Sum(pair => Math.Max(0, pair.Sent - pair.Received)),
            pairs.Sum(pair => pair.Duplicates),
            pairs.Sum(pair => pair.Stale) + ReadCounts().Wrong - _counts.Wrong,
            pairs.Count == 0 ? TimeSpan.Zero : pairs.Max(pair => pair.Oldest),
            ReadCounts().Rejoins - _counts.Rejoins);
    }

    /// <summary>What became of the messages to backends since it began.</summary>
    public (long Lost, long Duplicated) EndNotices()
    {
        var now = ReadNotices();
        return (now.Lost - _notices.Lost + now.Sessions - _notices.Sessions, now.Duplicated - _notices.Duplicated);
    }

    private (int Rejoins, long Wrong) ReadCounts() => (_crowd.Users.Sum(user => user.Rejoins), _crowd.Users.Sum(user => user.Ears.Wrong));

    private (long Lost, long Duplicated, int Sessions) ReadNotices() => (
        _crowd.Backends.Sum(backend => backend.Notices.Lost),
        _crowd.Backends.Sum(backend => backend.Notices.Duplicated),
        _crowd.Backends.Sum(backend => backend.LostSessions));
}

/// <summary>What users heard in a window.</summary>
/// <param name="Affected">Silences of pairs which the fault may keep apart.</param>
/// <param name="Unaffected">Silences of all other pairs.</param>
/// <param name="Expected">Frames that should have been heard.</param>
/// <param name="Lost">Those that were not.</param>
/// <param name="Duplicates">Frames that came again.</param>
/// <param name="Stale">Frames that came too late, or were damaged.</param>
/// <param name="Oldest">The age of the oldest frame heard.</param>
/// <param name="Rejoined">How often a user had to ask to join again.</param>
internal sealed record HeardWindow(
    SilenceSummary Affected, SilenceSummary Unaffected, long Expected, long Lost, long Duplicates, long Stale, TimeSpan Oldest, int Rejoined);
