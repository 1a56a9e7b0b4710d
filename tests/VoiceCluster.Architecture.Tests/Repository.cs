using System.Diagnostics;
using System.Xml.Linq;
using VoiceCluster.TestKit;

namespace VoiceCluster.Architecture.Tests;

/// <summary>The files of the project, as the tests see them.</summary>
internal static class Repository
{
    private static readonly string[] Unwatched = ["bin", "obj", ".git", "node_modules", "artifacts", "TestResults", "BenchmarkDotNet.Artifacts", "var"];

    public static string Root => RepositoryRoot.Folder;

    /// <summary>Files that belong to the project, relative to the root: those git tracks, or all of them where there is no git.</summary>
    public static IReadOnlyList<string> TrackedFiles { get; } = ListWithGit() ?? ListDirectory();

    /// <summary>C# sources under a folder, relative to the root.</summary>
    public static IEnumerable<string> Sources(string folder) =>
        TrackedFiles.Where(file => file.StartsWith(folder + "/", StringComparison.Ordinal) && file.EndsWith(".cs", StringComparison.Ordinal));

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    /// <summary>Names of the projects under <c>src</c> or <c>tests</c>, without the common prefix.</summary>
    public static IEnumerable<string> Projects(string folder) => Directory
        .GetDirectories(Path.Combine(Root, folder), "VoiceCluster.*")
        .Where(directory => File.Exists(Path.Combine(directory, Path.GetFileName(directory) + ".csproj")))
        .Select(directory => Path.GetFileName(directory)["VoiceCluster.".Length..])
        .Order(StringComparer.Ordinal);

    /// <summary>Names a project's file gives for items of a kind, without prefix and ending.</summary>
    public static string[] Items(string folder, string project, string kind)
    {
        var file = Path.Combine(Root, folder, $"VoiceCluster.{project}", $"VoiceCluster.{project}.csproj");
        return [.. XDocument.Load(file).Descendants(kind).Select(item => ShortName(item.Attribute("Include")!.Value)).Order(StringComparer.Ordinal)];
    }

    private static string ShortName(string include)
    {
        var name = include.Replace('\\', '/').Split('/')[^1];
        return name.Replace("VoiceCluster.", "", StringComparison.Ordinal).Replace(".csproj", "", StringComparison.Ordinal);
    }

    private static string[]? ListWithGit()
    {
        if (!Path.Exists(Path.Combine(Root, ".git")))
        {
            return null;
        }
        try
        {
            var start = new ProcessStartInfo("git", ["-C", Root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]) { RedirectStandardOutput = true, UseShellExecute = false };
            using var git = Process.Start(start)!;
            var output = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            var files = output.Split('\0', StringSplitOptions.RemoveEmptyEntries);
            return git.ExitCode == 0 && files.Length > 0 ? [.. files.Where(file => File.Exists(Path.Combine(Root, file)))] : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // No git on this machine.
            return null;
        }
    }

    private static string[] ListDirectory() =>
    [
        .. Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Where(file => !file.Split('/').Any(part => Unwatched.Contains(part))),
    ];
}
