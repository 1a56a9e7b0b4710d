using System.Collections.Immutable;

namespace VoiceCluster.Node.Configuration;

/// <summary>What the command line asks the process to do.</summary>
public enum StartAction
{
    Run,
    Check,
    ShowHelp,
    ShowVersion,
}

/// <summary>The outcome of reading the configuration.</summary>
/// <param name="Action">What to do.</param>
/// <param name="Options">The settings; only to be used when <paramref name="Problems"/> is empty.</param>
/// <param name="Problems">Everything that keeps the node from starting.</param>
/// <param name="Warnings">What works but is probably not meant.</param>
/// <param name="Effective">Every setting as it is in force, without secrets.</param>
/// <param name="Descriptions">Every setting there is.</param>
/// <param name="Files">The files that were read, weakest first.</param>
public sealed record LoadedConfiguration(
    StartAction Action,
    NodeOptions Options,
    ImmutableArray<SettingProblem> Problems,
    ImmutableArray<SettingProblem> Warnings,
    ImmutableArray<EffectiveSetting> Effective,
    ImmutableArray<SettingDescription> Descriptions,
    ImmutableArray<string> Files);

/// <summary>Reads files, environment and flags, in this order of growing precedence, into <see cref="NodeOptions"/>.</summary>
public static class NodeConfiguration
{
    /// <summary>Never throws for what an operator wrote; what is wrong is in <see cref="LoadedConfiguration.Problems"/>, all of it at once.</summary>
    /// <param name="arguments">The flags.</param>
    /// <param name="environment">The environment variables; only those that begin with <c>VOICECLUSTER__</c> matter.</param>
    /// <param name="roots">Directories that may hold <c>hocon/</c>; the first that has a file wins.</param>
    public static LoadedConfiguration Load(
        IReadOnlyList<string> arguments, IEnumerable<KeyValuePair<string, string?>> environment, IReadOnlyList<string> roots)
    {
        var problems = new List<SettingProblem>();
        var flags = CommandLine.Parse(arguments, problems);
        var files = FindFiles(flags, roots, problems);
        List<ConfigurationLayer> layers = [.. files.Select(file => ConfigurationLayer.FromFile(file, problems))];
        layers.Add(ConfigurationLayer.FromEnvironment(environment));
        layers.Add(flags.Settings);

        var read = new SettingsReader(layers);
        var options = NodeOptions.Read(read, flags.Dev) with { TestClock = flags.TestClock };
        read.RefuseUnknownKeys();
        var warnings = new NodeOptionsValidator(options, read).Validate();
        problems.AddRange(read.Problems);
        return new LoadedConfiguration(
            ActionOf(flags), options, [.. problems], [.. warnings], [.. read.Effective], [.. read.Descriptions], [.. files]);
    }

    private static StartAction ActionOf(CommandLine flags) => flags switch
    {
        { Help: true } => StartAction.ShowHelp,
        { Version: true } => StartAction.ShowVersion,
        { Check: true } => StartAction.Check,
        _ => StartAction.Run,
    };

    private static List<string> FindFiles(CommandLine flags, IReadOnlyList<string> roots, List<SettingProblem> problems)
    {
        var files = new List<string>();
        AddRequired("common.conf", files, roots, problems);
        if (flags.ConfigPath is not null)
        {
            files.Add(flags.ConfigPath);
        }
        else if (FindFile("node.conf", roots) is { } node)
        {
            files.Add(node);
        }
        if (flags.Dev)
        {
            AddRequired("dev.conf", files, roots, problems);
        }
        return files;
    }

    private static void AddRequired(string name, List<string> files, IReadOnlyList<string> roots, List<SettingProblem> problems)
    {
        if (FindFile(name, roots) is { } path)
        {
            files.Add(path);
            return;
        }
        var places = string.Join(" and ", roots);
        problems.Add(new SettingProblem($"hocon/{name}", null, null, $"The file is missing; looked in {places}.", "Start in the directory that holds hocon/, or restore the file."));
    }

    private static string? FindFile(string name, IReadOnlyList<string> roots) =>
        roots.Select(root => Path.Combine(root, "hocon", name)).FirstOrDefault(File.Exists);
}
