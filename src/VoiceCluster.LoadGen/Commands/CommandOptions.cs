using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Parsing;
using VoiceCluster.LoadGen.Nodes;

namespace VoiceCluster.LoadGen.Commands;

/// <summary>The kinds of options that commands have.</summary>
internal static class CommandOptions
{
    /// <summary>A whole number within bounds.</summary>
    public static Option<int> Count(string name, string description, int value, int least = 1, int most = int.MaxValue, string unit = "n")
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => value, HelpName = unit };
        option.Validators.Add(result =>
        {
            if (!result.Errors.Any() && result.GetValueOrDefault<int>() is var given && (given < least || given > most))
            {
                result.AddError(most == int.MaxValue ? $"{name} is at least {least}." : $"{name} is {least} to {most}.");
            }
        });
        return option;
    }

    /// <summary>A time, of which parts count.</summary>
    public static Option<double> Seconds(string name, string description, double value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value, HelpName = "s" };

    /// <summary>A file that is read or run.</summary>
    public static Option<string> File(string name, string description, string value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value, HelpName = "file" };

    /// <summary>An address that has a default, whose scheme, plain or with TLS, it shares.</summary>
    public static Option<Uri> Url(string name, string description, string value) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => new Uri(value),
        CustomParser = result => ParseUrl(result, new Uri(value).Scheme),
        HelpName = "url",
    };

    /// <summary>An address that may be left out.</summary>
    public static Option<Uri?> OptionalUrl(string name, string description, string scheme) => new(name)
    {
        Description = description,
        CustomParser = result => ParseUrl(result, scheme),
        HelpName = "url",
    };

    /// <summary>The node to start.</summary>
    public static Option<string> NodeAssembly() => File("--node", "The node's assembly.", NodeProcess.DefaultAssembly);

    /// <summary>Settings of the node to start.</summary>
    public static Option<string[]> Settings() =>
        new("--set") { Description = "A setting of the node, as Section:Key=value.", DefaultValueFactory = _ => [], HelpName = "setting" };

    /// <summary>Those settings, as the node's flags.</summary>
    public static ImmutableArray<string> FlagsOf(IEnumerable<string> settings) => [.. settings.Select(setting => $"--{setting}")];

    /// <summary>A page to write results into.</summary>
    public static Option<string?> Write(string description) => new("--write") { Description = description, HelpName = "file" };

    private static Uri? ParseUrl(ArgumentResult result, string scheme)
    {
        var text = result.Tokens[0].Value;
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == scheme || url.Scheme == scheme + "s"))
        {
            return url;
        }

        result.AddError($"'{text}' is no URL that begins with {scheme}:// or {scheme}s://.");
        return null;
    }
}
