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

    private ImmutableSortedDictionary<string, Func<string?>> _reasons =
        ImmutableSortedDictionary<string, Func<string?>>.Empty.Add(Listening, static () => "starting");

    /// <summary>True when every condition holds.</summary>
    /// <remarks>Asked with every frame of every backend.</remarks>
    public bool IsReady
    {
        get
        {
            foreach (var (_, reason) in Volatile.Read(ref _reasons))
            {
                if (reason() is not null)
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>Every condition as it is now, by name.</summary>
    public IEnumerable<ReadinessCondition> Conditions => Volatile.Read(ref _reasons).Select(Judge);

    /// <summary>States that a condition holds; a name not seen before adds it.</summary>
    public void Met(string name) => Watch(name, static () => null);

    /// <summary>States that a condition does not hold, and why.</summary>
    public void NotMet(string name, string reason) => Watch(name, () => reason);

    /// <summary>Adds a condition that is judged whenever someone asks.</summary>
    /// <param name="name">Replaces a condition of the same name.</param>
    /// <param name="reason">Says why it does not hold, or null; quick, and callable from any thread.</param>
    public void Watch(string name, Func<string?> reason) => ImmutableInterlocked.Update(
        ref _reasons, static (reasons, added) => reasons.SetItem(added.name, added.reason), (name, reason));

    private static ReadinessCondition Judge(KeyValuePair<string, Func<string?>> condition)
    {
        var reason = condition.Value();
        return new ReadinessCondition(condition.Key, reason is null, reason);
    }
}
