namespace VoiceCluster.Node.Metrics;

/// <summary>Remembers how an instrument's tags are written: some are measured for every request, always under the same few sets of tags.</summary>
/// <remarks>Safe for calls from any thread; two may format the same set at once, and one of the two stays.</remarks>
internal sealed class LabelCache
{
    /// <summary>Sets that are remembered; searched one by one, so there must not be many.</summary>
    private const int MaximumSets = 16;

    private volatile Entry[] _entries = [];

    /// <summary>The labels of some tags.</summary>
    public string Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
        {
            return "";
        }
        var entries = _entries;
        foreach (var entry in entries)
        {
            if (entry.Fits(tags))
            {
                return entry.Labels;
            }
        }
        var labels = MetricLabels.Format(tags);
        if (entries.Length < MaximumSets)
        {
            _entries = [.. entries, new Entry(tags.ToArray(), labels)];
        }
        return labels;
    }

    private sealed record Entry(KeyValuePair<string, object?>[] Tags, string Labels)
    {
        public bool Fits(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (tags.Length != Tags.Length)
            {
                return false;
            }
            for (var index = 0; index < tags.Length; index++)
            {
                if (tags[index].Key != Tags[index].Key || !Equals(tags[index].Value, Tags[index].Value))
                {
                    return false;
                }
            }
            return true;
        }
    }
}
