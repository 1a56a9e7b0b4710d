using System.Runtime.CompilerServices;

namespace VoiceCluster.TestKit;

/// <summary>Waits for what no signal tells, by looking again and again.</summary>
public static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Waits until a condition holds.</summary>
    /// <param name="condition">Looks; may also do what brings it about.</param>
    /// <param name="text">What it is called when it never holds.</param>
    /// <exception cref="TimeoutException">It has not held for a minute.</exception>
    public static Task HoldsAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string text = "") =>
        HoldsAsync(() => Task.FromResult(condition()), text);

    /// <inheritdoc cref="HoldsAsync(Func{bool}, string)" />
    public static async Task HoldsAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string text = "")
    {
        using var deadline = new CancellationTokenSource(Limit);
        while (!await condition())
        {
            if (deadline.IsCancellationRequested)
            {
                throw new TimeoutException($"Not within {Limit.TotalSeconds:0} s: {text}");
            }

            await Task.Delay(2, CancellationToken.None);
        }
    }
}
