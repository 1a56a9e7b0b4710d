namespace VoiceCluster.Client.Sockets;

/// <summary>Waits that end: with the result, or with an exception that says what was waited for.</summary>
public static class Deadline
{
    /// <summary>How long an answer from a server is waited for when nothing else is said.</summary>
    public static TimeSpan Default { get; } = TimeSpan.FromSeconds(10);

    /// <summary>Waits for <paramref name="task"/>.</summary>
    /// <param name="who">Names the one who waits, as the beginning of a sentence.</param>
    /// <param name="what">What is waited for, as in "READY from ws://127.0.0.1:8080/".</param>
    /// <exception cref="NoAnswerException">It did not come in time.</exception>
    public static async Task<T> WithinAsync<T>(
        this Task<T> task, TimeSpan limit, TimeProvider time, string who, string what, CancellationToken cancellation = default)
    {
        await WithinAsync((Task)task, limit, time, who, what, cancellation);
        return await task;
    }

    /// <inheritdoc cref="WithinAsync{T}" />
    public static async Task WithinAsync(
        this Task task, TimeSpan limit, TimeProvider time, string who, string what, CancellationToken cancellation = default)
    {
        try
        {
            await task.WaitAsync(limit, time, cancellation);
        }
        catch (TimeoutException)
        {
            throw new NoAnswerException($"{who} waited {limit.TotalSeconds:0.#} s for {what} in vain.");
        }
    }
}
