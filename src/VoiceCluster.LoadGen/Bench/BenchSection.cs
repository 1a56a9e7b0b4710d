using System.Collections.Immutable;

namespace VoiceCluster.LoadGen.Bench;

/// <summary>What a part of the bench found.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Note">What the figures include, and what they do not.</param>
/// <param name="Columns">Heads of the columns; the first one names the rows.</param>
/// <param name="Rows">The table, as text.</param>
/// <param name="Figures">What may be judged.</param>
internal sealed record BenchSection(
    string Title, string Note, ImmutableArray<string> Columns, ImmutableArray<ImmutableArray<string>> Rows, ImmutableArray<Figure> Figures);

/// <summary>One number with a name by which it can be judged.</summary>
/// <param name="Name">Such as <c>cost.aes.10</c>; see <see cref="Requirements"/>.</param>
/// <param name="Value">Not a number when it could not be had.</param>
internal readonly record struct Figure(string Name, double Value);

/// <summary>One part of the bench.</summary>
internal interface IBenchPart
{
    /// <summary>By what it is chosen on the command line.</summary>
    string Name { get; }

    /// <summary>Measures.</summary>
    Task<BenchSection> RunAsync(BenchOptions options, Action<string> progress, CancellationToken cancellation);
}
