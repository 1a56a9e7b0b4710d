using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using VoiceCluster.Client.Admin;

namespace VoiceCluster.Ctl.Admin;

/// <summary><c>voicectl links</c>: how a node is linked with the others of its cluster, and what went over each link.</summary>
internal static class LinksCommand
{
    private const string NoFigure = "-";

    public static Command Create()
    {
        var admin = new AdminOptions();
        var command = new Command("links", "Shows a node's links to the other nodes: those that carry control, and those between packet loops with what was lost on them.");
        admin.AddTo(command);
        command.SetAction((parsed, cancellation) => admin.RunAsync(parsed, "stopped", async (client, console) =>
        {
            var status = await client.StatusAsync(cancellation);
            Show(console, status);
            return status.Links.All(link => link.State == "connected");
        }));
        return command;
    }

    internal static void Show(IAnsiConsole console, NodeStatus status)
    {
        console.WriteLine($"{status.Id}: {(status.IsReady ? "ready" : "not ready")}, {status.Users} users");
        if (status.Links.IsEmpty)
        {
            console.WriteLine("no links: this node is alone");
            return;
        }

        console.Write(ControlOf(status));
        if (!status.Relays.IsEmpty)
        {
            console.Write(MediaOf(status));
        }
    }

    private static Table ControlOf(NodeStatus status)
    {
        var table = TableOf("control", "state", "waiting", "round trip, ms");
        foreach (var link in status.Links)
        {
            table.AddRow(Markup.Escape(link.Peer), Markup.Escape(link.State), Text(link.Waiting), link.RoundTrip is { } time ? Milliseconds(time) : NoFigure);
        }

        return table;
    }

    private static Table MediaOf(NodeStatus status)
    {
        var table = TableOf("media", "worker", "sent", "received", "lost", "reordered", "recovered", "sent twice", "lost there, %", "round trip, ms");
        foreach (var link in status.Relays)
        {
            table.AddRow(
                Markup.Escape(link.Peer),
                Text(link.Worker),
                Text(link.Sent),
                Text(link.Received),
                Text(link.Lost),
                Text(link.Reordered),
                Text(link.Recovered),
                link.IsRepeating ? "yes" : "no",
                link.SendLossPercent.ToString("0.00", CultureInfo.InvariantCulture),
                link.RoundTrip == TimeSpan.Zero ? NoFigure : Milliseconds(link.RoundTrip));
        }

        return table;
    }

    private static Table TableOf(string first, params ReadOnlySpan<string> others)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn(first);
        foreach (var column in others)
        {
            table.AddColumn(new TableColumn(column) { Alignment = Justify.Right });
        }

        return table;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString("0.000", CultureInfo.InvariantCulture);
}
