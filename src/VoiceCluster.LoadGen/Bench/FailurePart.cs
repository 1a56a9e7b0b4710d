using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Native;

namespace VoiceCluster.LoadGen.Bench;

/// <summary>A packet loop that fails under traffic: for how long nothing is sent, and whether a nonce is used twice.</summary>
/// <remarks>It runs as a program of its own, which sees into the node; what is in this one sees it from outside only.</remarks>
internal sealed partial class FailurePart : IBenchPart
{
    /// <summary>The program, from the root of the repository.</summary>
    public const string Program = "tests/VoiceCluster.Fuzz/bin/Release/net10.0/VoiceCluster.Fuzz.dll";

    private static readonly TimeSpan StartAndEnd = TimeSpan.FromSeconds(60);

    /// <inheritdoc />
    public string Name => "failure";

    /// <inheritdoc />
    public async Task<BenchSection> RunAsync(BenchOptions options, Action<string> progress, CancellationToken cancellation)
    {
        if (!File.Exists(Program))
        {
            throw new ConnectFailedException($"{Program} is not there: build it in Release.");
        }

        var duration = options.Size switch { BenchSize.Full => TimeSpan.FromSeconds(20), BenchSize.Quick => TimeSpan.FromSeconds(10), _ => TimeSpan.FromSeconds(5) };
        string[] arguments = [Program, "--target", "worker-failure", "--seconds", duration.TotalSeconds.ToString(CultureInfo.InvariantCulture)];
        await using var process = PinnedProcess.Start(core: null, Environment.ProcessPath!, arguments);
        var result = Read(await process.LineAsync(static line => Result().IsMatch(line), duration + StartAndEnd, cancellation));
        return new BenchSection(
            "A packet loop fails",
            Notes.Failure,
            ["failures", "silence, ms, median", "longest", "copies", "nonces used twice"],
            [[.. result.Select(number => number.ToString("#,0.#", CultureInfo.InvariantCulture))]],
            [new Figure("failure.gap", result[2]), new Figure("failure.repeated", result[4])]);
    }

    /// <summary>Reads the program's line: failures, median and longest silence in milliseconds, copies, repeated nonces.</summary>
    internal static ImmutableArray<double> Read(string line) =>
        [.. Result().Match(line).Groups.Values.Skip(1).Select(group => double.Parse(group.Value, CultureInfo.InvariantCulture))];

    [GeneratedRegex("^(?<failures>[0-9]+) failures; nothing sent for (?<median>[0-9.]+) ms \\(median\\), (?<longest>[0-9.]+) ms \\(longest\\); (?<copies>[0-9]+) packets, (?<repeated>[0-9]+) repeated nonces", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Result();
}
