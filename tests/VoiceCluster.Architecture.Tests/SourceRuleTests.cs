using System.Text.RegularExpressions;

namespace VoiceCluster.Architecture.Tests;

/// <summary>Rules that hold for the text of the project.</summary>
public sealed partial class SourceRuleTests
{
    /// <summary>More than a screen; longer members are broken up, or say directly above why not.</summary>
    private const int MaxMemberLines = 60;

    // Put together here so that this file does not break its own rules.
    private static readonly string[] NotesForLater = ["TO" + "DO", "FIX" + "ME", "HA" + "CK", "XX" + "X"];

    private static readonly string[] RegistryHosts =
    [
        "nuget" + ".org", "npmjs" + ".org", "npmjs" + ".com", "registry." + "yarnpkg", "pypi" + ".org", "crates" + ".io", "docker" + ".io", "mcr.micro" + "soft", "ghcr" + ".io", "quay" + ".io",
    ];

    [Fact]
    public void No_member_is_longer_than_a_screen_without_a_reason_above_it()
    {
        var offenders = new List<string>();
        foreach (var file in Repository.Sources("src").Concat(Repository.Sources("tests")))
        {
            var members = MethodScanner.Scan(Repository.Read(file));
            offenders.AddRange(members
                .Where(member => member.Lines > MaxMemberLines && !member.HasReason)
                .Select(member => $"{file}:{member.FirstLine} {member.Header} ({member.Lines} lines)"));
        }
        offenders.ShouldBeEmpty();
    }

    [Fact]
    public void Log_event_ids_are_unique_in_each_project()
    {
        foreach (var project in Repository.Projects("src"))
        {
            var ids = Repository.Sources($"src/VoiceCluster.{project}")
                .SelectMany(file => LogMessage().Matches(Repository.Read(file)).Select(match => (file, arguments: match.Groups["arguments"].Value)))
                .Select(found => (found.file, id: EventId().Match(found.arguments).Groups["id"].Value))
                .ToArray();
            ids.Where(found => found.id.Length == 0).ShouldBeEmpty("every log message has an id");
            ids.GroupBy(found => found.id).Where(group => group.Count() > 1).Select(group => $"{group.Key}: {string.Join(", ", group.Select(found => found.file))}").ShouldBeEmpty(project);
        }
    }

    [Fact]
    public void Notes_for_later_are_not_left_in_the_project()
    {
        var pattern = new Regex($@"\b({string.Join('|', NotesForLater)})\b", RegexOptions.None, TimeSpan.FromSeconds(10));
        Offenders(line => pattern.IsMatch(line)).ShouldBeEmpty();
    }

    [Fact]
    public void Package_registries_are_not_named() =>
        Offenders(line => RegistryHosts.Any(host => line.Contains(host, StringComparison.OrdinalIgnoreCase))).ShouldBeEmpty();

    [Fact]
    public void Paths_of_someones_machine_are_not_in_the_project() => Offenders(line => MachinePath().IsMatch(line)).ShouldBeEmpty();

    [Fact]
    public void Only_the_configuration_reads_raw_settings()
    {
        var offenders = Repository.Sources("src").Where(file =>
            !file.StartsWith("src/VoiceCluster.Node/Configuration/", StringComparison.Ordinal) &&
            Repository.Read(file).Contains("Microsoft.Extensions.Configuration", StringComparison.Ordinal));
        offenders.ShouldBeEmpty();
    }

    private static List<string> Offenders(Func<string, bool> isOffence)
    {
        var offenders = new List<string>();
        foreach (var file in Repository.TrackedFiles)
        {
            var text = Repository.Read(file);
            if (text.Contains('\0', StringComparison.Ordinal))
            {
                continue;
            }
            var lines = text.Split('\n');
            for (var index = 0; index < lines.Length; index++)
            {
                if (isOffence(lines[index]))
                {
                    offenders.Add($"{file}:{index + 1} {lines[index].Trim()}");
                }
            }
        }
        return offenders;
    }

    [GeneratedRegex(@"\[LoggerMessage\((?<arguments>[^\]]*)\]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex LogMessage();

    [GeneratedRegex(@"^\s*((EventId\s*=\s*)|(.*\bEventId\s*=\s*))?(?<id>\d+)", RegexOptions.ExplicitCapture | RegexOptions.Singleline, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex EventId();

    [GeneratedRegex(@"(?<![\w.\-])/(home|root|work|Users)/\w|\b[A-Z]:\\\w", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex MachinePath();
}
