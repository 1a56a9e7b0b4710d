namespace VoiceCluster.Node.Configuration;

/// <summary>What the flags say: switches, and settings as <c>--Section:Key value</c> or <c>--Section:Key=value</c>.</summary>
internal sealed class CommandLine
{
    private static readonly string[] Switches = ["--dev", "--config", "--check", "--test-clock", "--help", "--version"];

    public bool Dev { get; private set; }

    public bool Help { get; private set; }

    public bool Version { get; private set; }

    /// <summary>Only validate the configuration and say what it is.</summary>
    public bool Check { get; private set; }

    public string? ConfigPath { get; private set; }

    /// <summary>A file that says how wrong the wall clock is; for tests. No setting: nothing but the flag sets it.</summary>
    public string? TestClock { get; private set; }

    public ConfigurationLayer Settings { get; } = new();

    public static CommandLine Parse(IReadOnlyList<string> arguments, List<SettingProblem> problems)
    {
        var line = new CommandLine();
        var index = 0;
        while (index < arguments.Count)
        {
            index += line.Take(arguments, index, problems);
        }
        return line;
    }

    /// <summary>Takes one switch or setting and says how many arguments that were.</summary>
    private int Take(IReadOnlyList<string> arguments, int index, List<SettingProblem> problems)
    {
        var (name, inlineValue) = SplitAtEquals(arguments[index]);
        switch (name)
        {
            case "--dev":
                Dev = true;
                return 1;
            case "--check":
                Check = true;
                return 1;
            case "--help" or "-h" or "-?":
                Help = true;
                return 1;
            case "--version":
                Version = true;
                return 1;
        }

        var isSetting = name.StartsWith("--", StringComparison.Ordinal) && name.Contains(':', StringComparison.Ordinal);
        if (name is not ("--config" or "--test-clock") && !isSetting)
        {
            problems.Add(Unknown(name));
            return 1;
        }
        var value = inlineValue ?? (index + 1 < arguments.Count ? arguments[index + 1] : null);
        if (value is null || (inlineValue is null && LooksLikeFlag(value)))
        {
            problems.Add(new SettingProblem(name, null, "flag", "The value is missing.", $"Write {name} <value> or {name}=<value>."));
            return 1;
        }
        Accept(name, value);
        return inlineValue is null ? 2 : 1;
    }

    private void Accept(string name, string value)
    {
        switch (name)
        {
            case "--config":
                ConfigPath = value;
                break;
            case "--test-clock":
                TestClock = value;
                break;
            default:
                Settings.Set(name[2..], value, $"flag {name}");
                break;
        }
    }

    private static bool LooksLikeFlag(string text) => text.StartsWith("--", StringComparison.Ordinal);

    private static (string Name, string? Value) SplitAtEquals(string argument)
    {
        var equals = argument.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 || !LooksLikeFlag(argument) ? (argument, null) : (argument[..equals], argument[(equals + 1)..]);
    }

    private static SettingProblem Unknown(string name)
    {
        var suggestion = Suggestion.For(name, Switches);
        var hint = suggestion is null ? "Run with --help for the switches and settings there are." : $"Did you mean {suggestion}?";
        return new SettingProblem(name, null, "flag", "There is no such switch; settings are written --Section:Key value.", hint);
    }
}
