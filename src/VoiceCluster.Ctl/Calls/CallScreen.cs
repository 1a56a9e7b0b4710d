using System.Diagnostics;
using Spectre.Console;
using VoiceCluster.Client.Calls;
using VoiceCluster.Client.Measuring;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Ctl.Calls;

/// <summary>Shows a call: a table that is kept up to date on a terminal, and printed once, at the end, elsewhere.</summary>
internal sealed class CallScreen(IAnsiConsole console)
{
    private const int MostRows = 30;
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(250);

    /// <summary>Shows the call until it is over.</summary>
    public async Task<CallVerdict> ShowWhileAsync(TestCall call, TestCallOptions options, Task<CallVerdict> running)
    {
        if (!console.Profile.Capabilities.Interactive || !console.Profile.Capabilities.Ansi)
        {
            return await ShowOnceAsync(call, options, running);
        }

        await console.Live(TableOf(call, options)).StartAsync(async live =>
        {
            while (!running.IsCompleted)
            {
                live.UpdateTarget(TableOf(call, options));
                await Task.WhenAny(running, Task.Delay(Refresh));
            }

            live.UpdateTarget(TableOf(call, options));
        });
        return await running;
    }

    /// <summary>Prints how the call was.</summary>
    public void ShowVerdict(TestCall call, CallVerdict verdict)
    {
        var (near, far) = (call.NearDelays(), call.FarDelays());
        var delays = DelayHistogram.Sum(near, far);
        var how = $"{call.Mode?.ToWireName()}: {verdict.Text}; delay p50 {Milliseconds(delays.Percentile(50))} ms, p99 {Milliseconds(delays.Percentile(99))} ms";
        console.MarkupLineInterpolated(verdict.IsGood ? (FormattableString)$"[green]GOOD[/] {how}" : $"[red]BAD[/] {how}");
        if (near.Count > 0 && far.Count > 0)
        {
            ShowRelay(near, far);
        }
    }

    /// <summary>Prints how the calls were in all modes.</summary>
    public void ShowSummary(bool isGood, IReadOnlyCollection<TransportEncryptionMode> modes) =>
        console.MarkupLineInterpolated(isGood ? (FormattableString)$"[green]GOOD[/] in all {modes.Count} modes" : $"[red]BAD[/] in some of {modes.Count} modes");

    /// <summary>Prints why there was no call.</summary>
    public void ShowFailure(string message) => console.MarkupLineInterpolated($"[red]BAD[/] {message}");

    private void ShowRelay(DelayHistogram near, DelayHistogram far)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn("speaker and listener");
        foreach (var name in new[] { "frames", "p50 ms", "p99 ms", "max ms" })
        {
            table.AddColumn(new TableColumn(name) { NoWrap = true, Alignment = Justify.Right });
        }

        AddDelays(table, "on one node", near);
        AddDelays(table, "on two nodes", far);
        table.AddRow("added by the relay", "", Added(near, far, 50), Added(near, far, 99), $"{(far.Max - near.Max).TotalMilliseconds:+0.00;-0.00}");
        console.Write(table);
    }

    private static void AddDelays(Table table, string name, DelayHistogram delays) => table.AddRow(
        name, $"{delays.Count}", Milliseconds(delays.Percentile(50)), Milliseconds(delays.Percentile(99)), Milliseconds(delays.Max));

    private static string Added(DelayHistogram near, DelayHistogram far, double percent) =>
        $"{(far.Percentile(percent) - near.Percentile(percent)).TotalMilliseconds:+0.00;-0.00}";

    private async Task<CallVerdict> ShowOnceAsync(TestCall call, TestCallOptions options, Task<CallVerdict> running)
    {
        try
        {
            return await running;
        }
        finally
        {
            console.Write(TableOf(call, options));
        }
    }

    private static Table TableOf(TestCall call, TestCallOptions options)
    {
        var table = new Table().Border(TableBorder.Simple).Title(Markup.Escape(TitleOf(call, options)));
        foreach (var name in new[] { "user", "sent", "received", "missing", "late", "doubled", "wrong", "p50 ms", "p99 ms" })
        {
            table.AddColumn(new TableColumn(name) { NoWrap = true, Alignment = name == "user" ? Justify.Left : Justify.Right });
        }

        var figures = call.Figures;
        foreach (var (index, user) in figures.Take(MostRows).Index())
        {
            AddRow(table, $"{index + 1}", user);
        }

        if (figures.Count > MostRows)
        {
            table.AddRow($"… and {figures.Count - MostRows} more");
        }

        return table;
    }

    private static string TitleOf(TestCall call, TestCallOptions options)
    {
        var mode = (call.Mode ?? options.Mode)?.ToWireName() ?? "first mode offered";
        return $"{options.Users} users, {options.Speakers} speak, {options.Duration.TotalSeconds:0} s, {mode}, {options.Version}: {Word(call.Stage)}";
    }

    private static void AddRow(Table table, string name, CallFigures user) => table.AddRow(
        name,
        user.IsSpeaker ? $"{user.Sent}" : "-",
        $"{user.Received}",
        $"{user.Missing}",
        $"{user.Reordered}",
        $"{user.Duplicates}",
        $"{user.Wrong + user.Unattributed + user.NotAuthentic}",
        Milliseconds(user.DelayP50),
        Milliseconds(user.DelayP99));

    private static string Milliseconds(TimeSpan delay) => $"{delay.TotalMilliseconds:0.00}";

    private static string Word(CallStage stage) => stage switch
    {
        CallStage.Joining => "joining",
        CallStage.Connecting => "connecting",
        CallStage.Announcing => "announcing speakers",
        CallStage.Speaking => "speaking",
        CallStage.Settling => "waiting for the last frames",
        CallStage.Leaving => "leaving",
        CallStage.Done => "done",
        _ => throw new UnreachableException(),
    };
}
