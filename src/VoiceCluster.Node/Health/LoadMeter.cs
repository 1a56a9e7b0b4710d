using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Placement;

namespace VoiceCluster.Node.Health;

/// <summary>Makes load reports out of totals that are read about once a second. Not safe for concurrent calls.</summary>
/// <param name="region">Where the node is.</param>
/// <param name="capacityUsers">Users that it is meant for.</param>
/// <param name="capacityMegabits">Media in Mbit/s, both ways, that it is meant for.</param>
internal sealed class LoadMeter(string region, int capacityUsers, int capacityMegabits)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <summary>The totals of the last minute, and the newest that are older.</summary>
    private readonly Queue<LoadTotals> _totals = new();

    private LoadTotals _last;

    /// <summary>Takes totals; the report speaks of the time since the ones before, and the first one of no time at all.</summary>
    public NodeLoadReport Measure(NodeIncarnation node, in LoadTotals totals, int users, bool ready)
    {
        var before = _totals.Count == 0 ? totals : _last;
        var elapsed = totals.At - before.At;
        var minuteAgo = Keep(totals);
        return new NodeLoadReport
        {
            Node = node,
            Region = region,
            Load = new[] { (double)users / capacityUsers, ProcessorShare(before, totals), MediaShare(before, totals), totals.LoopShare }.Max(),
            Users = users,
            CapacityUsers = capacityUsers,
            JoinsPerSecond = elapsed > TimeSpan.Zero ? (totals.Began - before.Began) / elapsed.TotalSeconds : 0,
            JoinsLastMinute = (int)(totals.Began - minuteAgo.Began),
            ReconnectsLastMinute = (int)(totals.Resumed - minuteAgo.Resumed),
            Ready = ready,
        };
    }

    private LoadTotals Keep(in LoadTotals totals)
    {
        _last = totals;
        _totals.Enqueue(totals);
        while (_totals.Count > 1 && totals.At - _totals.ElementAt(1).At >= Minute)
        {
            _totals.Dequeue();
        }

        return _totals.Peek();
    }

    private static double ProcessorShare(in LoadTotals before, in LoadTotals now) =>
        now.At > before.At ? ((now.ProcessorTime - before.ProcessorTime) / (now.At - before.At)) + now.StolenShare : 0;

    private double MediaShare(in LoadTotals before, in LoadTotals now) =>
        now.At > before.At ? (now.MediaBytes - before.MediaBytes) * 8 / (now.At - before.At).TotalSeconds / (capacityMegabits * 1e6) : 0;
}

/// <summary>What a process has used and done since it started.</summary>
/// <param name="At">Monotonic.</param>
/// <param name="ProcessorTime">Processor time, divided by the number of processors.</param>
/// <param name="StolenShare">The share of the processors that the hypervisor gave to others lately, 0 to 1.</param>
/// <param name="LoopShare">The share of their cores that the packet loops use, on the average of them, 0 to 1.</param>
/// <param name="MediaBytes">Bytes of media received and sent.</param>
/// <param name="Began">Voice sessions begun.</param>
/// <param name="Resumed">Voice sessions that came again.</param>
internal readonly record struct LoadTotals(
    TimeSpan At,
    TimeSpan ProcessorTime,
    double StolenShare,
    double LoopShare,
    long MediaBytes,
    long Began,
    long Resumed);
