using System.Globalization;
using VoiceCluster.LoadGen.Media;

namespace VoiceCluster.LoadGen.Bench;

/// <summary>How long datagrams were in a node, from the kernel's receive timestamp until their copies were handed to the kernel.</summary>
internal static class Residence
{
    private const string Buckets = "voicecluster_media_residence_bucket";

    /// <summary>A percentile over a window.</summary>
    /// <returns>Milliseconds; not a number if nothing was counted.</returns>
    public static double Percentile(MeasuredWindow window, double percent)
    {
        var bounds = window.After.Page?.LabelValues(Name(window), "le") ?? [];
        var buckets = bounds
            .Select(text => (Text: text, Bound: text == "+Inf" ? double.PositiveInfinity : double.Parse(text, CultureInfo.InvariantCulture)))
            .OrderBy(bucket => bucket.Bound)
            .Select(bucket => (bucket.Bound, window.Metric(Name(window), $"le=\"{bucket.Text}\"") ?? 0))
            .ToList();
        return Statistics.Percentile(buckets, percent) / 1000;
    }

    /// <summary>Three percentiles as text.</summary>
    public static string[] Texts(MeasuredWindow window) => [Text(window, 50), Text(window, 99), Text(window, 99.9)];

    private static string Text(MeasuredWindow window, double percent) => Percentile(window, percent).ToString("0.000", CultureInfo.InvariantCulture);

    private static string Name(MeasuredWindow window) => window.After.Page?.Names.FirstOrDefault(name => name.StartsWith(Buckets, StringComparison.Ordinal)) ?? Buckets;
}
