using VoiceCluster.Cluster.Hosting;

namespace VoiceCluster.Cluster;

/// <summary>The actors of some hosts for several instruments that are read one after another: one walk serves them all. Safe for calls from any thread.</summary>
/// <param name="hosts">The hosts, as they are at the moment.</param>
internal sealed class HostCensus(Func<IEnumerable<EntityHost>> hosts)
{
    /// <summary>A reading of all instruments takes less; what is older belongs to an earlier one.</summary>
    private static readonly TimeSpan LongestReading = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private ActorCensus[] _taken = [];
    private long _takenAt;
    private Instruments _served = Instruments.All;

    /// <summary>Those that share a walk.</summary>
    [Flags]
    public enum Instruments
    {
        /// <summary>None of them.</summary>
        None = 0,

        /// <summary>Actors by kind.</summary>
        Live = 1,

        /// <summary>Messages in all mailboxes.</summary>
        Depth = 2,

        /// <summary>Messages in the fullest one.</summary>
        Deepest = 4,

        /// <summary>All of them.</summary>
        All = Live | Depth | Deepest,
    }

    /// <summary>What an instrument is to show: one that asks again gets another walk.</summary>
    public ActorCensus[] Read(Instruments instrument)
    {
        lock (_gate)
        {
            if (_served.HasFlag(instrument) || TimeProvider.System.GetElapsedTime(_takenAt) > LongestReading)
            {
                _taken = [.. hosts().Select(host => host.TakeCensus())];
                _takenAt = TimeProvider.System.GetTimestamp();
                _served = Instruments.None;
            }

            _served |= instrument;
            return _taken;
        }
    }
}
