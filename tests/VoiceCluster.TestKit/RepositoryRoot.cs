namespace VoiceCluster.TestKit;

/// <summary>The folder of the solution, for tests that hold documents, scripts and examples to the code.</summary>
public static class RepositoryRoot
{
    /// <summary>The folder, as an absolute path.</summary>
    /// <exception cref="InvalidOperationException">The tests do not run in a checkout.</exception>
    public static string Folder { get; } = Find();

    /// <summary>The absolute path of a file or folder in the repository.</summary>
    /// <param name="path">Its path from the root, with slashes.</param>
    public static string PathOf(string path) => Path.Combine(Folder, path);

    private static string Find()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "VoiceCluster.sln")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException("The solution file is in no directory above the tests.");
        }

        return directory.FullName;
    }
}
