using VoiceCluster.Crypto;
using VoiceCluster.TestKit;

namespace VoiceCluster.EndToEnd.Tests.RealClients;

/// <summary>Where Node.js and the published libraries are, or why they cannot be used.</summary>
internal static class DiscordJsInstallation
{
    /// <summary>The script that puts a library under control of a test.</summary>
    public static string Script { get; } = RepositoryRoot.PathOf("tests/clients/client.mjs");

    /// <summary>Null when everything is there.</summary>
    public static string? MissingReason { get; } = FindMissing();

    private static string? FindMissing()
    {
        var folder = Path.GetDirectoryName(Script)!;
        if (!IsOnPath("node"))
        {
            return "Node.js is not installed.";
        }

        if (!Directory.Exists(Path.Combine(folder, "node_modules", "voice14")) || !Directory.Exists(Path.Combine(folder, "node_modules", "voice19")))
        {
            return "The libraries are not installed: npm ci --prefix tests/clients";
        }

        return TransportCiphers.Probe().FirstOrDefault(mode => !mode.IsAvailable)?.Reason;
    }

    private static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));
}

/// <summary>A test with real libraries; skipped with the reason where they cannot run.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class DiscordJsFactAttribute : FactAttribute
{
    public DiscordJsFactAttribute() => Skip = DiscordJsInstallation.MissingReason!;
}

/// <summary>The same with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class DiscordJsTheoryAttribute : TheoryAttribute
{
    public DiscordJsTheoryAttribute() => Skip = DiscordJsInstallation.MissingReason!;
}
