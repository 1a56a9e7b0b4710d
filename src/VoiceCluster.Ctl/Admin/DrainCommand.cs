using System.CommandLine;
using Spectre.Console;

namespace VoiceCluster.Ctl.Admin;

/// <summary><c>voicectl drain</c> and <c>voicectl undrain</c>: empties a node, and takes that back.</summary>
internal static class DrainCommand
{
    private const string StillDraining = "not watched any more; the node goes on emptying itself until 'voicectl undrain'";
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>How long after the deadline the last ones may take to be gone.</summary>
    private static readonly TimeSpan ClosingTime = TimeSpan.FromSeconds(5);

    public static Command CreateDrain()
    {
        var (node, admin) = (Node(), new AdminOptions());
        var deadline = new Option<string>("--deadline")
        {
            Description = "How long users are moved to other nodes; then those who are left are closed. A number and a unit: 90s, 5m.",
            DefaultValueFactory = _ => "60s",
            HelpName = "time",
        };
        var detach = new Option<bool>("--detach") { Description = "Return at once; 'voicectl drain' again shows how far it is and sets the deadline anew." };
        var command = new Command("drain", "Empties a node: no new channels, its shards and users go to others, and it is not ready until 'undrain' or a restart.")
        {
            node, deadline, detach,
        };
        admin.AddTo(command);
        command.SetAction((parsed, cancellation) => admin.RunAsync(parsed, StillDraining, async (client, console) =>
        {
            var name = parsed.GetRequiredValue(node);
            var begun = await client.DrainAsync(name, parsed.GetRequiredValue(deadline), cancellation);
            Show(console, begun);
            return parsed.GetValue(detach) || await WatchAsync(client, name, begun, console, cancellation);
        }));
        return command;
    }

    public static Command CreateUndrain()
    {
        var (node, admin) = (Node(), new AdminOptions());
        var command = new Command("undrain", "Lets a node serve again. Users who have gone stay where they are.") { node };
        admin.AddTo(command);
        command.SetAction((parsed, cancellation) => admin.RunAsync(parsed, "stopped", async (client, console) =>
        {
            var report = await client.UndrainAsync(parsed.GetRequiredValue(node), cancellation);
            console.WriteLine($"serves again, with {report.Users} users");
            return true;
        }));
        return command;
    }

    private static Argument<string> Node() => new("node") { Description = "The node's Node:Id.", HelpName = "NODE" };

    /// <summary>Shows each change until nothing is left; false if somebody or something still is when the time is up, or it was taken back.</summary>
    private static async Task<bool> WatchAsync(AdminClient client, string node, DrainProgress shown, IAnsiConsole console, CancellationToken cancellation)
    {
        var closing = 0;
        while (!shown.IsEmpty)
        {
            await Task.Delay(PollInterval, cancellation);
            var report = await client.ProgressAsync(node, cancellation);
            if (report with { SecondsLeft = 0 } != shown with { SecondsLeft = 0 })
            {
                Show(console, report);
            }

            shown = report;
            closing += report.SecondsLeft > 0 ? 0 : 1;
            if (!report.IsDraining || closing * PollInterval > ClosingTime)
            {
                console.WriteLine(report.IsDraining ? "the deadline is past" : "taken back");
                return false;
            }
        }

        return true;
    }

    private static void Show(IAnsiConsole console, DrainProgress progress) => console.WriteLine(
        progress.IsEmpty
            ? $"empty; {progress.Moved} users went elsewhere"
            : $"{progress.Users} users and {progress.Shards} shards left, {progress.Moved} users moved, {progress.SecondsLeft:F0} s to the deadline");
}
