using System.Globalization;

namespace VoiceCluster.Client.Metrics;

/// <summary>Figures read from a page in the Prometheus text format.</summary>
/// <remarks>Only names, labels and values are kept. Lines that are none are passed over. Source: Prometheus "Exposition formats".</remarks>
public sealed class MetricsText
{
    private readonly List<Sample> _samples;

    private MetricsText(List<Sample> samples) => _samples = samples;

    /// <summary>Reads a page.</summary>
    public static MetricsText Parse(string page)
    {
        var samples = new List<Sample>();
        foreach (var line in page.AsSpan().EnumerateLines())
        {
            if (TryParseSample(line.Trim(), out var sample))
            {
                samples.Add(sample);
            }
        }

        return new MetricsText(samples);
    }

    /// <summary>The names that occur, each once.</summary>
    public IEnumerable<string> Names => _samples.Select(sample => sample.Name).Distinct();

    /// <summary>The sum over all series of a name that carry the label text; null when there is none.</summary>
    /// <param name="label">As it is written, such as <c>kind="channel"</c>; empty for all series.</param>
    public double? Sum(string name, string label = "")
    {
        var found = false;
        var sum = 0.0;
        foreach (var sample in _samples)
        {
            if (sample.Name == name && sample.Labels.Contains(label, StringComparison.Ordinal))
            {
                found = true;
                sum += sample.Value;
            }
        }

        return found ? sum : null;
    }

    /// <summary>The values that a label has in the series of a name, each once.</summary>
    public IReadOnlyCollection<string> LabelValues(string name, string label)
    {
        var values = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var sample in _samples)
        {
            if (sample.Name == name && ValueOf(sample.Labels, label) is { } value)
            {
                values.Add(value);
            }
        }

        return values;
    }

    // The name of one label may end like another one does, such as "handle" and "le".
    private static string? ValueOf(string labels, string label)
    {
        var text = $",{labels}".AsSpan();
        var begin = text.IndexOf($",{label}=\"", StringComparison.Ordinal);
        if (begin < 0)
        {
            return null;
        }

        var value = text[(begin + label.Length + 3)..];
        var end = value.IndexOf('"');
        return end < 0 ? null : value[..end].ToString();
    }

    private static bool TryParseSample(ReadOnlySpan<char> line, out Sample sample)
    {
        sample = default;
        if (line.IsEmpty || line[0] == '#')
        {
            return false;
        }

        var nameEnd = line.IndexOfAny('{', ' ', '\t');
        var labelsEnd = line.LastIndexOf('}');
        if (nameEnd <= 0 || (line[nameEnd] == '{' && labelsEnd < nameEnd))
        {
            return false;
        }

        var labels = line[nameEnd] == '{' ? line[(nameEnd + 1)..labelsEnd] : [];
        var rest = line[(line[nameEnd] == '{' ? labelsEnd + 1 : nameEnd)..].Trim();
        var valueEnd = rest.IndexOfAny(' ', '\t');
        var text = valueEnd < 0 ? rest : rest[..valueEnd];
        if (!TryParseValue(text, out var value))
        {
            return false;
        }

        sample = new Sample(line[..nameEnd].ToString(), labels.ToString(), value);
        return true;
    }

    private static bool TryParseValue(ReadOnlySpan<char> text, out double value)
    {
        value = text switch
        {
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            _ => double.NaN,
        };
        return !double.IsNaN(value) || double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
    }

    private readonly record struct Sample(string Name, string Labels, double Value);
}
