using System.Reflection;

namespace VoiceCluster.Node;

/// <summary>The version this process was built as.</summary>
internal static class NodeVersion
{
    /// <summary>Version, and the first digits of the commit if the build knew it.</summary>
    public static string Text { get; } = Shorten(
        typeof(NodeVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown");

    private static string Shorten(string version)
    {
        var plus = version.IndexOf('+', StringComparison.Ordinal);
        return plus < 0 ? version : version[..Math.Min(version.Length, plus + 11)];
    }
}
