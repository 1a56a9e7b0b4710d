using System.Collections.Immutable;
using System.Globalization;
using System.Net;

namespace VoiceCluster.Node.Configuration;

/// <summary>Reads settings by key from layers of growing precedence, and remembers which keys exist, what is in force, and what is wrong.</summary>
/// <remarks>Reading a key is what declares it: a key nobody read is unknown.</remarks>
internal sealed class SettingsReader(IReadOnlyList<ConfigurationLayer> layers)
{
    private readonly List<SettingDescription> _descriptions = [];
    private readonly List<EffectiveSetting> _effective = [];
    private readonly HashSet<string> _maps = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _lists = new(StringComparer.OrdinalIgnoreCase);

    private delegate bool TryParse<T>(string text, out T value);

    public List<SettingProblem> Problems { get; } = [];

    public IReadOnlyList<SettingDescription> Descriptions => _descriptions;

    public IReadOnlyList<EffectiveSetting> Effective => _effective;

    /// <summary>What set a key and to what; null when nothing did. For problems found after reading.</summary>
    public (string? Value, string Origin)? Find(string key)
    {
        for (var index = layers.Count - 1; index >= 0; index--)
        {
            if (layers[index].TryGet(key, out var found))
            {
                return found;
            }
        }
        return null;
    }

    public string? Text(string key, string? defaultText, string doc) =>
        Read(new SettingDescription(key, defaultText, doc), (string text, out string? value) => (value = text.Trim()).Length > 0, "", "");

    public string? Secret(string key, string doc) =>
        Read(new SettingDescription(key, null, doc, IsSecret: true), (string text, out string? value) => (value = text).Length > 0, "", "");

    public bool Switch(string key, bool defaultValue, string doc) => Read(
        new SettingDescription(key, defaultValue ? "true" : "false", doc),
        (string text, out bool value) => bool.TryParse(text, out value),
        "This is neither true nor false.",
        "Write true or false.");

    public int Integer(string key, int defaultValue, int minimum, int maximum, string doc) => Read(
        new SettingDescription(key, defaultValue.ToString(CultureInfo.InvariantCulture), doc),
        (string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= minimum && value <= maximum,
        $"This is not a whole number from {minimum} to {maximum}.",
        $"Write such a number, for example {defaultValue}.");

    public TimeSpan Duration(string key, string defaultText, string minimum, string maximum, string doc)
    {
        _ = Configuration.Duration.TryParse(minimum, out var least);
        _ = Configuration.Duration.TryParse(maximum, out var most);
        return Read(
            new SettingDescription(key, defaultText, doc),
            (string text, out TimeSpan value) => Configuration.Duration.TryParse(text, out value) && value >= least && value <= most,
            $"This is not a duration from {minimum} to {maximum}.",
            $"Write a whole number and a unit (ms, s, m, h, d), for example {defaultText}.");
    }

    public int Size(string key, string defaultText, string minimum, string maximum, string doc)
    {
        _ = ByteSize.TryParse(minimum, out var least);
        _ = ByteSize.TryParse(maximum, out var most);
        return (int)Read(
            new SettingDescription(key, defaultText, doc),
            (string text, out long value) => ByteSize.TryParse(text, out value) && value >= least && value <= most,
            $"This is not a size from {minimum} to {maximum}.",
            $"Write bytes, or a whole number of KiB or MiB, for example {defaultText}.");
    }

    /// <summary>An address to listen on; null for "off", or when unset and without a default.</summary>
    public IPEndPoint? Listen(string key, string? defaultText, string doc) => Read(
        new SettingDescription(key, defaultText, doc),
        (string text, out IPEndPoint? value) =>
        {
            value = null;
            return text.Trim().Equals("off", StringComparison.OrdinalIgnoreCase) || HostAndPort.TryParseListen(text, out value);
        },
        "This is not an address to listen on.",
        $"Write a literal address and a port, for example {defaultText ?? "0.0.0.0:8444"}, or off.");

    public HostAndPort? HostPort(string key, string doc) => Read(
        new SettingDescription(key, null, doc),
        (string text, out HostAndPort? value) => HostAndPort.TryParse(text, out value),
        "This is not a host and a port.",
        "Write host:port without scheme, path or underscore, for example voice.example.org:443.");

    public IPAddress? IPv4(string key, string doc) => Read(
        new SettingDescription(key, null, doc),
        (string text, out IPAddress? value) =>
        {
            var isAddress = HostAndPort.TryParseIPv4(text.Trim(), out var address);
            value = isAddress ? address : null;
            return isAddress;
        },
        "This is not a literal IPv4 address. Clients get it as it is and do not look names up.",
        "Write the public IPv4 address of this node, for example 203.0.113.7.");

    public Uri? Url(string key, string doc) => Read(
        new SettingDescription(key, null, doc),
        (string text, out Uri? value) => Uri.TryCreate(text.Trim(), UriKind.Absolute, out value) && value.Scheme is "http" or "https",
        "This is not an http or https URL.",
        "Write a whole URL, for example http://127.0.0.1:4317.");

    public T Choice<T>(string key, string defaultText, ImmutableArray<(string Name, T Value)> choices, string doc)
    {
        var names = string.Join(", ", choices.Select(choice => choice.Name));
        return Read(
            new SettingDescription(key, defaultText, doc),
            (string text, out T value) =>
            {
                var index = choices.IndexOf(choices.FirstOrDefault(choice => choice.Name.Equals(text.Trim(), StringComparison.OrdinalIgnoreCase)));
                value = index < 0 ? choices[0].Value : choices[index].Value;
                return index >= 0;
            },
            $"This is none of: {names}.",
            $"Write one of: {names}.");
    }

    /// <summary>A list: an array in a file, or one text with commas. The source of highest precedence that has it gives all of it.</summary>
    public ImmutableArray<T> List<T>(string key, string doc, Func<string, (bool Ok, T Value)> parse, string problem, string fix)
    {
        _descriptions.Add(new SettingDescription(key, "[]", doc));
        _lists.Add(key);
        var found = FindList(key);
        _effective.Add(new EffectiveSetting(key, $"[{string.Join(", ", found.Select(item => item.Value))}]", found.Length == 0 ? null : found[0].Origin));
        var items = ImmutableArray.CreateBuilder<T>(found.Length);
        foreach (var (text, origin) in found)
        {
            var (ok, value) = parse(text);
            if (ok)
            {
                items.Add(value);
            }
            else
            {
                Problems.Add(new SettingProblem(key, text, origin, problem, fix));
            }
        }
        return items.DrainToImmutable();
    }

    /// <summary>
    /// A map from a name, in lower case, to one or several secrets. Sources of higher precedence replace names, they do not remove them.
    /// </summary>
    public ImmutableArray<(string Name, string Secret)> SecretMap(string key, string doc)
    {
        _descriptions.Add(new SettingDescription($"{key}:<name>", null, doc, IsSecret: true));
        _maps.Add(key);
        var prefix = key + ":";
        var names = layers
            .SelectMany(layer => layer.Keys)
            .Where(candidate => candidate.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            .Select(candidate => candidate[prefix.Length..].Split(':')[0].ToLowerInvariant())
            .Distinct()
            .Order(StringComparer.Ordinal)
            .ToArray();
        var entries = ImmutableArray.CreateBuilder<(string, string)>();
        foreach (var name in names)
        {
            var secrets = FindList(prefix + name, splitAtCommas: false);
            _effective.Add(new EffectiveSetting(prefix + name, secrets.Length > 0 ? "(set)" : "(not set)", Find(prefix + name)?.Origin));
            entries.AddRange(secrets.Length > 0 ? secrets.Select(secret => (name, secret.Value)) : [(name, "")]);
        }
        return entries.DrainToImmutable();
    }

    /// <summary>Adds a problem for every key that nothing has read.</summary>
    public void RefuseUnknownKeys()
    {
        var known = _descriptions.ConvertAll(description => description.Key.Replace(":<name>", "", StringComparison.Ordinal));
        foreach (var layer in layers)
        {
            foreach (var key in layer.Keys.Where(key => !IsKnown(key, known)))
            {
                layer.TryGet(key, out var found);
                if (!IsEmptySection(key, found.Value, known))
                {
                    Problems.Add(UnknownKey(key, found.Origin, known));
                }
            }
        }
    }

    private static bool IsEmptySection(string key, string? value, List<string> known) =>
        string.IsNullOrEmpty(value) && known.Exists(candidate => candidate.StartsWith(key + ":", StringComparison.OrdinalIgnoreCase));

    private static SettingProblem UnknownKey(string key, string origin, List<string> known)
    {
        var suggestion = Suggestion.ForKey(key, known);
        var fix = suggestion is null ? "Remove it, or run with --help for the settings there are." : $"Did you mean {suggestion}?";
        return new SettingProblem(key, null, origin, "There is no such setting.", fix);
    }

    private bool IsKnown(string key, List<string> known)
    {
        if (known.Contains(key, StringComparer.OrdinalIgnoreCase))
        {
            return true;
        }
        var isListItem = int.TryParse(LastPart(key), NumberStyles.None, CultureInfo.InvariantCulture, out _) && _lists.Contains(Parent(key));
        return isListItem || _maps.Any(map => key.StartsWith(map + ":", StringComparison.OrdinalIgnoreCase));
    }

    private static string Parent(string key) => key[..Math.Max(0, key.LastIndexOf(':'))];

    private static string LastPart(string key) => key[(key.LastIndexOf(':') + 1)..];

    private (string Value, string Origin)[] FindList(string key, bool splitAtCommas = true)
    {
        for (var index = layers.Count - 1; index >= 0; index--)
        {
            var layer = layers[index];
            if (layer.TryGet(key, out var whole))
            {
                var texts = splitAtCommas ? (whole.Value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [whole.Value ?? ""];
                return [.. texts.Where(text => text.Length > 0).Select(text => (text, whole.Origin))];
            }
            var items = layer.Keys
                .Where(candidate => Parent(candidate).Equals(key, StringComparison.OrdinalIgnoreCase) && int.TryParse(LastPart(candidate), out _))
                .OrderBy(candidate => int.Parse(LastPart(candidate), CultureInfo.InvariantCulture))
                .ToArray();
            if (items.Length > 0)
            {
                return [.. items.Select(item => layer.TryGet(item, out var found) ? (found.Value ?? "", found.Origin) : default)];
            }
        }
        return [];
    }

    private T Read<T>(SettingDescription setting, TryParse<T> parse, string problem, string fix)
    {
        _descriptions.Add(setting);
        var found = Find(setting.Key);
        // An empty value stands for "not set": that is what an empty variable in a compose file means.
        if (found is not { } set || string.IsNullOrWhiteSpace(set.Value))
        {
            _effective.Add(new EffectiveSetting(setting.Key, setting.IsSecret ? "(not set)" : setting.Default ?? "(not set)", null));
            return Default(setting, parse);
        }
        if (!parse(set.Value, out var value))
        {
            Problems.Add(new SettingProblem(setting.Key, setting.IsSecret ? null : set.Value, set.Origin, problem, fix));
            return Default(setting, parse);
        }
        _effective.Add(new EffectiveSetting(setting.Key, setting.IsSecret ? "(set)" : set.Value.Trim(), set.Origin));
        return value;
    }

    private static T Default<T>(SettingDescription setting, TryParse<T> parse)
    {
        if (setting.Default is null)
        {
            return default!;
        }
        return parse(setting.Default, out var value) ? value : throw new InvalidOperationException($"The default of {setting.Key} does not parse.");
    }
}
