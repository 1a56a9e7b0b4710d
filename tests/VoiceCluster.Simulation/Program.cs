using System.Diagnostics;
using System.Globalization;
using VoiceCluster.Simulation;

// Exit codes: 0 nothing found, 1 a finding, 2 wrong arguments.
if (CommandLine.Parse(args) is not { } command)
{
    Console.Error.WriteLine(CommandLine.Usage);
    return 2;
}

var begun = Stopwatch.GetTimestamp();
var totals = new SortedDictionary<string, long>(StringComparer.Ordinal);
var (steps, passed, slowest) = (0L, TimeSpan.Zero, TimeSpan.Zero);
foreach (var seed in command.Seeds)
{
    await using var trace = command.TraceFile is { } file ? new StreamWriter(file) : null;
    var options = new SimulationOptions { Seed = seed, Steps = command.StepsPerSeed, Nodes = command.NodesOf(seed), Trace = trace };
    var result = new ClusterSimulation(options).Run();
    steps += result.Steps;
    passed += result.Passed;
    slowest = result.OwnedAgainAfter > slowest ? result.OwnedAgainAfter : slowest;
    foreach (var (what, count) in result.Counts)
    {
        totals[what] = totals.GetValueOrDefault(what) + count;
    }

    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"seed {seed}, {options.Nodes} nodes: {result.Steps} steps, {result.Passed.TotalMinutes:F0} simulated minutes, owned again after {result.OwnedAgainAfter.TotalSeconds:F1} s, fingerprint {result.Fingerprint:x16}"));
    if (result.Finding is { } finding)
    {
        Console.WriteLine($"FAILED: {finding}");
        Console.WriteLine($"again with: --seed {seed} --runs 1 --nodes {options.Nodes} --steps {command.StepsPerSeed}");
        return 1;
    }
}

foreach (var (what, count) in totals)
{
    Console.WriteLine($"  {count,10} {what}");
}

Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"{steps} steps, {passed.TotalHours:F1} simulated hours, {Stopwatch.GetElapsedTime(begun).TotalSeconds:F0} s: nothing found"));
Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"after the last fault every shard had one owner again within {slowest.TotalSeconds:F1} s (bound {ClusterSimulation.OwnersBound.TotalSeconds:F0} s), and within {ClusterSimulation.GhostsBound.TotalSeconds:F0} s nothing was left of it"));
return 0;
