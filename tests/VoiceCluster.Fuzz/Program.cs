using System.Globalization;
using VoiceCluster.Fuzz;
using VoiceCluster.Fuzz.Live;

// Exit codes: 0 nothing found, 1 a finding, 2 wrong arguments.
const string liveTarget = "live";
const string failureTarget = "worker-failure";
if (FuzzOptions.Parse(args) is { Target: failureTarget } failure)
{
    Console.WriteLine($"{failure.Duration.TotalSeconds} s of a call whose packet loop fails each second");
    var found = await new WorkerFailureRun().RunAsync(failure.Duration);
    Console.WriteLine(found is null ? "nothing found" : $"FAILED {failureTarget}{Environment.NewLine}{found}");
    return found is null ? 0 : 1;
}

if (FuzzOptions.Parse(args) is { Target: liveTarget } live)
{
    Console.WriteLine($"seed {live.Seed}, {live.Duration.TotalSeconds} s against a live node");
    var found = await new LiveNodeRun(live.Seed).RunAsync(live.Duration);
    Console.WriteLine(found is null ? "nothing found" : $"FAILED {liveTarget} seed {live.Seed}{Environment.NewLine}{found}");
    return found is null ? 0 : 1;
}

if (FuzzOptions.Parse(args) is not { } options || FuzzTargets.Named(options.Target) is not { Count: > 0 } targets)
{
    Console.Error.WriteLine(FuzzOptions.Usage);
    Console.Error.WriteLine($"targets: {string.Join(' ', FuzzTargets.All.Select(target => target.Name))} {liveTarget} {failureTarget}");
    return 2;
}

Console.WriteLine($"seed {options.Seed}, {options.Duration.TotalSeconds} s, memory {Megabytes()} MB");
foreach (var target in targets)
{
    var run = new FuzzRun(target, options.Seed);
    var finding = options.Input is { } input ? run.Try(input) : run.Run(options.Duration / targets.Count);
    if (finding is not null)
    {
        Console.WriteLine($"FAILED {finding.Target} seed {options.Seed} iteration {run.Iterations}");
        Console.WriteLine($"input  {Convert.ToHexStringLower(finding.Input)}");
        Console.WriteLine(finding.Description);
        return 1;
    }

    Console.WriteLine($"{target.Name,-40} {run.Iterations,12} inputs, memory {Megabytes()} MB");
}

return 0;

static string Megabytes() => (GC.GetTotalMemory(forceFullCollection: true) / 1e6).ToString("F1", CultureInfo.InvariantCulture);
