using System.Diagnostics;

namespace VoiceCluster.Fuzz;

/// <summary>What went wrong, with all that is needed to see it again.</summary>
internal sealed record Finding(string Target, byte[] Input, string Description);

/// <summary>Feeds one target for a while.</summary>
internal sealed class FuzzRun(IFuzzTarget target, int seed)
{
    /// <summary>No input takes a parser anywhere near this long; one that does would stop a packet loop.</summary>
    private static readonly TimeSpan LongestRun = TimeSpan.FromSeconds(1);

    private const int Attempts = 5;

    // Looking at the clock after every input would cost more than most inputs do.
    private const int InputsPerLook = 256;

    /// <summary>How many inputs the target has read.</summary>
    public long Iterations { get; private set; }

    /// <summary>Runs the corpus as it is, then mutations of it until the time is over.</summary>
    public Finding? Run(TimeSpan duration)
    {
        var corpus = target.Corpus.ToList();
        var mutator = new Mutator(new Random(seed), corpus);
        var clock = Stopwatch.StartNew();
        var finding = corpus.Select(Try).FirstOrDefault(found => found is not null);
        while (finding is null && clock.Elapsed < duration)
        {
            for (var i = 0; i < InputsPerLook && finding is null; i++)
            {
                finding = Try(mutator.Next());
            }
        }

        return finding;
    }

    /// <summary>Runs one input. One that took long is run again: only if it does so every time is it the input and not a busy machine.</summary>
    public Finding? Try(byte[] input)
    {
        Iterations++;
        var elapsed = TimeSpan.MaxValue;
        for (var attempt = 0; attempt < Attempts && elapsed > LongestRun; attempt++)
        {
            var started = Stopwatch.GetTimestamp();
            try
            {
                target.Run(input);
            }
            catch (Exception exception)
            {
                return new Finding(target.Name, input, exception.ToString());
            }

            elapsed = Stopwatch.GetElapsedTime(started);
        }

        return elapsed > LongestRun ? new Finding(target.Name, input, $"took {elapsed.TotalMilliseconds:F0} ms, {Attempts} times") : null;
    }
}
