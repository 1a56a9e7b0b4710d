using System.Text.Json;

namespace VoiceCluster.TestKit;

/// <summary>The files of the folder Vectors, embedded in the assembly.</summary>
public static class Vectors
{
    /// <summary>Loads a vector file by its name without ".json". The document belongs to the caller.</summary>
    public static JsonDocument Load(string name)
    {
        using var stream = typeof(Vectors).Assembly.GetManifestResourceStream($"Vectors/{name}.json")
            ?? throw new ArgumentException($"There is no vector file {name}.json.", nameof(name));
        return JsonDocument.Parse(stream);
    }

    /// <summary>Reads a property of hexadecimal digits.</summary>
    public static byte[] Hex(this JsonElement element, string property) =>
        Convert.FromHexString(element.GetProperty(property).GetString()!);
}
