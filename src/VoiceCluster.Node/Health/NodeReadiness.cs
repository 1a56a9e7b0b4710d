using System.Collections.Immutable;

namespace VoiceCluster.Node.Health;

/// <summary>One thing that has to hold before the node takes new work.</summary>
/// <param name="Name">A short word, such as <c>listening</c> or <c>store</c>.</param>
/// <param name="IsMet">Whether it holds.</param>
/// <param name="Reason">Why it does not, for operators; null when it holds.</param>
public sealed record ReadinessCondition(string Name, bool IsMet, string? Reason);

/// <summary>Whether this node may take new work. Not the same as being alive: a node without its store keeps its calls but is not ready.</summary>
/// <remarks>Safe from any thread; readers see an immutable list.</remarks>
public sealed class NodeReadiness
{
    /// <summary>The condition the process itself keeps: listeners are open and shutdown has not begun.</summary>
    public const string Listening = "listening";

    private ImmutableSortedDictionary<string, ReadinessCondition> _conditions =
        ImmutableSortedDictionary<string, ReadinessCondition>.Empty.Add(Listening, new ReadinessCondition(Listening, false, "starting"));

    /// <summary>True when every condition holds.</summary>
    public bool IsReady => Conditions.All(condition => condition.IsMet);

    /// <summary>Every condition, by name.</summary>
    public IEnumerable<ReadinessCondition> Conditions => Volatile.Read(ref _conditions).Values;

    /// <summary>States that a condition holds; a name not seen before adds it.</summary>
    public void Met(string name) => Set(new ReadinessCondition(name, true, null));

    /// <summary>States that a condition does not hold, and why.</summary>
    public void NotMet(string name, string reason) => Set(new ReadinessCondition(name, false, reason));

    private void Set(ReadinessCondition condition) =>
        ImmutableInterlocked.Update(ref _conditions, static (conditions, added) => conditions.SetItem(added.Name, added), condition);
}
