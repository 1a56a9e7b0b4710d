using System.Collections.Immutable;
using VoiceCluster.Client.Sockets;

namespace VoiceCluster.LoadGen.Bench;

/// <summary>Runs the parts one after the other; one that cannot be run does not keep the others from it.</summary>
internal sealed class BenchRun(BenchOptions options, BenchReport report, TimeProvider time)
{
    private const string Command = "./bench.sh";

    /// <summary>All parts, in their order.</summary>
    public static ImmutableArray<IBenchPart> Parts { get; } =
    [
        new VerifyPart(), new CostPart(), new BurstPart(), new GrowthPart(), new PeersPart(), new DelayPart(), new QuietPart(), new WorkersPart(), new OverloadPart(),
        new FailurePart(), new MixPart(), new MemoryPart(), new SoakPart(),
    ];

    /// <summary>Runs.</summary>
    /// <returns>Whether nothing failed that is judged.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellation)
    {
        var sections = new List<BenchSection>();
        var isWhole = true;
        foreach (var part in Parts.Where(IsWanted))
        {
            report.Progress(part.Name);
            if (await RunAsync(part, cancellation) is { } section)
            {
                sections.Add(section);
                report.Section(section);
            }
            else
            {
                isWhole = false;
            }
        }

        var verdicts = Requirements.Judge(sections.SelectMany(section => section.Figures));
        if (options.Size != BenchSize.Dry)
        {
            report.Verdicts(verdicts);
        }

        Write(sections, verdicts);
        return isWhole && !(options.IsJudged && verdicts.Any(verdict => verdict.IsFailed)) && !IsWrong(verdicts);
    }

    // Copies that are wrong are wrong on any machine, however short the bench.
    private static bool IsWrong(ImmutableArray<Verdict> verdicts) =>
        verdicts.Any(verdict => verdict.IsFailed && verdict.Requirement.Figure.StartsWith("verify.", StringComparison.Ordinal));

    private async Task<BenchSection?> RunAsync(IBenchPart part, CancellationToken cancellation)
    {
        try
        {
            return await part.RunAsync(options, report.Progress, cancellation);
        }
        catch (Exception exception) when (exception is ClientException or IOException or AggregateException)
        {
            report.Failure($"{part.Name}: {exception.GetBaseException().Message}");
            return null;
        }
    }

    private bool IsWanted(IBenchPart part) =>
        (options.Parts.Count == 0 || options.Parts.Contains(part.Name)) && (part is not SoakPart || options.Soak > TimeSpan.Zero);

    private void Write(List<BenchSection> sections, ImmutableArray<Verdict> verdicts)
    {
        if (options.WriteTo is not { } file)
        {
            return;
        }

        var page = new BenchPage(File.Exists(file) ? File.ReadAllText(file) : string.Empty);
        var machine = Machine.Describe(options, time.GetLocalNow(), Command + options.Arguments);
        sections.ForEach(section => page.Put(section, machine));
        page.Put(verdicts);
        File.WriteAllText(file, page.Text);
        report.Progress($"written to {file}");
    }
}
