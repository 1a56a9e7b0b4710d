namespace VoiceCluster.LoadGen.Scaling;

/// <summary>Something there is only so much of.</summary>
/// <param name="Resource">What.</param>
/// <param name="Limit">How much there is.</param>
/// <param name="Steady">How much is needed at the busiest place while all is well.</param>
/// <param name="Worst">How much at the busiest place in the worst second, whatever happens.</param>
internal sealed record Bottleneck(string Resource, double Limit, double Steady, double Worst)
{
    private const double NanosecondsPerSecond = 1e9;

    /// <summary>All of a simulation; the one that gives way first comes first.</summary>
    public static IReadOnlyList<Bottleneck> Of(ScalingResult result)
    {
        var options = result.Options;
        var steady = result.Phases[1].Counts;
        var messages = NanosecondsPerSecond / options.MessageNanoseconds;
        double Worst(Func<ScalingCounts, double> figure) => result.Phases.Max(phase => figure(phase.Counts));
        return
        [
            .. new Bottleneck[]
            {
                new("messages of one channel, per second", messages, steady.BusiestChannel, Worst(counts => counts.BusiestChannel)),
                new("messages of one shard owner, per second", messages * options.Workers, steady.BusiestOwner, Worst(counts => counts.BusiestOwner)),
                new("transactions written, per second", options.StoreWritesPerSecond, steady.BusiestStore + options.Nodes, Worst(counts => counts.BusiestStore) + options.Nodes),
                new("membership rows read, per second", options.StoreRowsPerSecond, (double)options.Nodes * options.Nodes, (double)options.Nodes * options.Nodes),
                new("load of one node", 1, steady.HighestLoad, Worst(counts => counts.HighestLoad)),
                new("cores of one node that forward", 1, steady.HighestProcessorShare, Worst(counts => counts.HighestProcessorShare)),
            }.OrderByDescending(bottleneck => bottleneck.Worst / bottleneck.Limit),
        ];
    }
}
