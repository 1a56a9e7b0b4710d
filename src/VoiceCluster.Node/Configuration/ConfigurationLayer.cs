using Microsoft.Extensions.Configuration;

namespace VoiceCluster.Node.Configuration;

/// <summary>The values one source gives, before they are laid over each other. Keys compare without case.</summary>
internal sealed class ConfigurationLayer
{
    private readonly Dictionary<string, (string? Value, string Origin)> _values = new(StringComparer.OrdinalIgnoreCase);

    public IEnumerable<string> Keys => _values.Keys;

    public bool TryGet(string key, out (string? Value, string Origin) found) => _values.TryGetValue(key, out found);

    public void Set(string key, string? value, string origin) => _values[key] = (value, origin);

    /// <summary>Reads a file in <c>hocon/</c> with the stock JSON provider, which takes comments and trailing commas.</summary>
    public static ConfigurationLayer FromFile(string path, List<SettingProblem> problems)
    {
        var layer = new ConfigurationLayer();
        try
        {
            using var stream = File.OpenRead(path);
            var root = new ConfigurationBuilder().AddJsonStream(stream).Build();
            var leaves = root.AsEnumerable().Where(pair => !root.GetSection(pair.Key).GetChildren().Any());
            foreach (var (key, value) in leaves)
            {
                layer.Set(key, value, path);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problems.Add(new SettingProblem("--config", path, null, "The file cannot be read.", "Check that it exists and that this user may read it."));
        }
        catch (Exception error) when (error is FormatException or InvalidDataException or System.Text.Json.JsonException)
        {
            var reason = (error.InnerException ?? error).Message;
            problems.Add(new SettingProblem(path, null, null, $"The file is not valid: {reason}", "Correct the file; it is JSON in which // comments are allowed."));
        }
        return layer;
    }

    /// <summary>Takes the variables that begin with <c>VOICECLUSTER__</c>; further double underscores separate section and key.</summary>
    public static ConfigurationLayer FromEnvironment(IEnumerable<KeyValuePair<string, string?>> environment)
    {
        const string Prefix = "VOICECLUSTER__";
        var layer = new ConfigurationLayer();
        foreach (var (name, value) in environment)
        {
            if (name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            {
                layer.Set(name[Prefix.Length..].Replace("__", ":", StringComparison.Ordinal), value, $"environment variable {name}");
            }
        }
        return layer;
    }
}
