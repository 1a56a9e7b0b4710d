using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace VoiceCluster.Node.Metrics;

/// <summary>Collects instruments and writes them in the Prometheus text format, version 0.0.4.</summary>
/// <remarks>
/// Names follow the OpenTelemetry rules for Prometheus: dots become underscores, the unit is appended, counters end in <c>_total</c>.
/// Meters of another <see cref="IMeterFactory"/> are left out, so that several nodes in one process do not mix.
/// </remarks>
public sealed class PrometheusText : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly ConcurrentDictionary<Instrument, MetricSeries> _series = [];
    private readonly MeterListener _listener = new();
    private readonly Lock _scrape = new();

    /// <summary>Collects from now on.</summary>
    /// <param name="scope">The factory whose meters count; meters without one (of the base library) count too.</param>
    /// <param name="meterPrefixes">Beginnings of the names of the meters to collect.</param>
    public PrometheusText(IMeterFactory? scope, ImmutableArray<string> meterPrefixes)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            var meter = instrument.Meter;
            var isWanted = meterPrefixes.Any(prefix => meter.Name.StartsWith(prefix, StringComparison.Ordinal));
            if (isWanted && (meter.Scope is null || ReferenceEquals(meter.Scope, scope)))
            {
                listener.EnableMeasurementEvents(instrument, _series.GetOrAdd(instrument, MetricSeries.For));
            }
        };
        _listener.MeasurementsCompleted = (instrument, state) => _series.TryRemove(instrument, out _);
        _listener.SetMeasurementEventCallback<byte>((_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<short>((_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<long>((_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<float>((_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<decimal>((_, value, tags, state) => Record(state, (double)value, tags));
        _listener.Start();
    }

    /// <summary>Asks the observed instruments for their values and writes everything.</summary>
    public string Write()
    {
        var text = new StringBuilder();
        lock (_scrape)
        {
            foreach (var series in _series.Values)
            {
                series.BeginScrape();
            }
            _listener.RecordObservableInstruments();
            foreach (var family in _series.Values.GroupBy(series => series.Name).OrderBy(family => family.Key, StringComparer.Ordinal))
            {
                WriteFamily(text, family);
            }
        }
        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private static void Record(object? state, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        ((MetricSeries)state!).Record(value, tags);

    private static void WriteFamily(StringBuilder text, IEnumerable<MetricSeries> family)
    {
        var written = new HashSet<string>(StringComparer.Ordinal);
        foreach (var series in family)
        {
            if (written.Count == 0 && !series.IsEmpty)
            {
                text.Append(CultureInfo.InvariantCulture, $"# HELP {series.Name} {MetricLabels.EscapeHelp(series.Help)}\n");
                text.Append(CultureInfo.InvariantCulture, $"# TYPE {series.Name} {series.TypeName}\n");
            }
            series.Write(text, written);
        }
    }
}

/// <summary>The values of one instrument, by labels.</summary>
internal sealed class MetricSeries
{
    /// <summary>Label sets kept per instrument; our tags are few words each, so more means a mistake, which must not fill the memory.</summary>
    private const int MaxLabelSets = 2_000;

    private const string OverflowLabels = "otel_metric_overflow=\"true\"";

    private static readonly ImmutableArray<double> SecondBounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
    private static readonly ImmutableArray<double> PlainBounds = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000];

    private readonly ConcurrentDictionary<string, Cell> _cells = new(StringComparer.Ordinal);
    private readonly LabelCache _labels = new();
    private readonly ImmutableArray<double> _bounds;
    private readonly bool _isObserved;
    private readonly bool _isSum;

    private MetricSeries(Instrument instrument)
    {
        var definition = instrument.GetType().IsGenericType ? instrument.GetType().GetGenericTypeDefinition() : null;
        var isCounter = definition == typeof(Counter<>) || definition == typeof(ObservableCounter<>);
        var isHistogram = definition == typeof(Histogram<>);
        _isObserved = instrument.IsObservable;
        _isSum = !_isObserved && (isCounter || definition == typeof(UpDownCounter<>));
        _bounds = isHistogram ? BoundsOf(instrument) : [];
        TypeName = isHistogram ? "histogram" : isCounter ? "counter" : "gauge";
        Name = MetricLabels.MetricName(instrument.Name, instrument.Unit, TypeName);
        Help = instrument.Description ?? instrument.Name;
    }

    public string Name { get; }

    public string Help { get; }

    public string TypeName { get; }

    public bool IsEmpty => _cells.IsEmpty;

    public static MetricSeries For(Instrument instrument) => new(instrument);

    /// <summary>Forgets observed values: what is not reported again is gone.</summary>
    public void BeginScrape()
    {
        if (_isObserved)
        {
            _cells.Clear();
        }
    }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = _labels.Find(tags);
        if (!_cells.TryGetValue(labels, out var cell))
        {
            cell = _cells.GetOrAdd(_cells.Count < MaxLabelSets ? labels : OverflowLabels, _ => new Cell(_bounds.Length));
        }
        lock (cell)
        {
            cell.Count++;
            // Observed values may come once per part (several nodes, several workers) under one label set only by mistake: the last one counts.
            cell.Sum = _isSum || TypeName == "histogram" ? cell.Sum + value : value;
            if (_bounds.Length > 0)
            {
                cell.Buckets[BucketOf(value)]++;
            }
        }
    }

    public void Write(StringBuilder text, HashSet<string> written)
    {
        foreach (var (labels, cell) in _cells.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (!written.Add(labels))
            {
                continue;
            }
            lock (cell)
            {
                WriteCell(text, labels, cell);
            }
        }
    }

    private void WriteCell(StringBuilder text, string labels, Cell cell)
    {
        if (TypeName != "histogram")
        {
            WriteLine(text, Name, labels, cell.Sum);
            return;
        }
        var cumulative = 0L;
        var separator = labels.Length == 0 ? "" : ",";
        for (var index = 0; index < _bounds.Length; index++)
        {
            cumulative += cell.Buckets[index];
            WriteLine(text, Name + "_bucket", $"{labels}{separator}le=\"{MetricLabels.Number(_bounds[index])}\"", cumulative);
        }
        WriteLine(text, Name + "_bucket", $"{labels}{separator}le=\"+Inf\"", cell.Count);
        WriteLine(text, Name + "_sum", labels, cell.Sum);
        WriteLine(text, Name + "_count", labels, cell.Count);
    }

    private static void WriteLine(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
        {
            text.Append('{').Append(labels).Append('}');
        }
        text.Append(' ').Append(MetricLabels.Number(value)).Append('\n');
    }

    private int BucketOf(double value)
    {
        var index = 0;
        while (index < _bounds.Length && value > _bounds[index])
        {
            index++;
        }
        return index;
    }

    private static ImmutableArray<double> BoundsOf(Instrument instrument)
    {
        var advised = instrument switch
        {
            Histogram<double> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds],
            Histogram<long> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(bound => (double)bound)],
            Histogram<int> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(bound => (double)bound)],
            _ => ImmutableArray<double>.Empty,
        };
        return !advised.IsEmpty ? advised : instrument.Unit == "s" ? SecondBounds : PlainBounds;
    }

    private sealed class Cell(int bounds)
    {
        public long Count { get; set; }

        public double Sum { get; set; }

        public long[] Buckets { get; } = new long[bounds + 1];
    }
}

/// <summary>Names, labels and numbers as the text format wants them.</summary>
internal static class MetricLabels
{
    public static string Format(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
        {
            return "";
        }
        var sorted = tags.ToArray();
        Array.Sort(sorted, (left, right) => string.CompareOrdinal(left.Key, right.Key));
        var text = new StringBuilder();
        foreach (var (key, value) in sorted)
        {
            text.Append(text.Length == 0 ? "" : ",").Append(Sanitize(key)).Append("=\"");
            AppendEscaped(text, Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
            text.Append('"');
        }
        return text.ToString();
    }

    public static string MetricName(string name, string? unit, string typeName)
    {
        var suffix = UnitSuffix(unit, typeName);
        var result = Sanitize(name);
        if (suffix.Length > 0 && !result.EndsWith(suffix, StringComparison.Ordinal))
        {
            result += suffix;
        }
        return typeName == "counter" && !result.EndsWith("_total", StringComparison.Ordinal) ? result + "_total" : result;
    }

    public static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    public static string EscapeHelp(string help) =>
        help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Sanitize(string name)
    {
        var text = string.Create(name.Length, name, (target, source) =>
        {
            for (var index = 0; index < source.Length; index++)
            {
                target[index] = char.IsAsciiLetterOrDigit(source[index]) ? source[index] : '_';
            }
        });
        return text.Length > 0 && char.IsAsciiDigit(text[0]) ? "_" + text : text;
    }

    // Units in braces ("{packet}") are annotations and do not become part of the name.
    private static string UnitSuffix(string? unit, string typeName) => unit switch
    {
        "s" => "_seconds",
        "ms" => "_milliseconds",
        "us" => "_microseconds",
        "ns" => "_nanoseconds",
        "By" => "_bytes",
        "bit/s" => "_bits_per_second",
        "By/s" => "_bytes_per_second",
        "%" => "_percent",
        "1" when typeName == "gauge" => "_ratio",
        _ => "",
    };

    private static void AppendEscaped(StringBuilder text, string value)
    {
        foreach (var character in value)
        {
            _ = character switch
            {
                '\\' => text.Append("\\\\"),
                '"' => text.Append("\\\""),
                '\n' => text.Append("\\n"),
                _ => text.Append(character),
            };
        }
    }
}
