using VoiceCluster.Client.Sockets;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Client.Lvsp;

/// <summary>Who waits for which answer of the server. Any thread.</summary>
internal sealed class LvspAnswers
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(Snowflake User, Snowflake Channel), TaskCompletionSource<VoiceStateDone>> _joins = [];
    private readonly Dictionary<Snowflake, TaskCompletionSource<ChannelAssigned>> _channels = [];

    /// <summary>The next answer to a join of that user; those who wait for the same share it.</summary>
    public Task<VoiceStateDone> NextJoin(Snowflake userId, Snowflake channelId) => Next(_joins, (userId, channelId));

    /// <summary>The next answer to a request of that channel.</summary>
    public Task<ChannelAssigned> NextChannel(Snowflake channelId) => Next(_channels, channelId);

    /// <summary>Hands a notice to those who wait for it.</summary>
    public void Take(LvspNotice notice)
    {
        switch (notice)
        {
            case VoiceStateDone done:
                Remove(_joins, (done.UserId, done.ChannelId))?.TrySetResult(done);
                break;
            case ChannelAssigned assigned:
                Remove(_channels, assigned.ChannelId)?.TrySetResult(assigned);
                break;
            case ChannelDestroyed destroyed:
                Refuse(destroyed);
                break;
        }
    }

    /// <summary>Tells everybody that no answer will come.</summary>
    public void FailAll(Exception exception)
    {
        List<TaskCompletionSource<VoiceStateDone>> joins;
        List<TaskCompletionSource<ChannelAssigned>> channels;
        lock (_lock)
        {
            joins = [.. _joins.Values];
            channels = [.. _channels.Values];
            _joins.Clear();
            _channels.Clear();
        }

        joins.ForEach(join => Fail(join, exception));
        channels.ForEach(channel => Fail(channel, exception));
    }

    private void Refuse(ChannelDestroyed destroyed)
    {
        var refusal = new RefusedException($"The server does not serve channel {destroyed.ChannelId}: {destroyed.Reason}.");
        List<TaskCompletionSource<VoiceStateDone>> joins;
        lock (_lock)
        {
            var keys = _joins.Keys.Where(key => key.Channel == destroyed.ChannelId).ToList();
            joins = keys.ConvertAll(key => _joins[key]);
            keys.ForEach(key => _joins.Remove(key));
        }

        joins.ForEach(join => Fail(join, refusal));
        if (Remove(_channels, destroyed.ChannelId) is { } channel)
        {
            Fail(channel, refusal);
        }
    }

    private Task<T> Next<TKey, T>(Dictionary<TKey, TaskCompletionSource<T>> waiting, TKey key)
        where TKey : notnull
    {
        lock (_lock)
        {
            if (!waiting.TryGetValue(key, out var completion))
            {
                completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
                waiting[key] = completion;
            }

            return completion.Task;
        }
    }

    private TaskCompletionSource<T>? Remove<TKey, T>(Dictionary<TKey, TaskCompletionSource<T>> waiting, TKey key)
        where TKey : notnull
    {
        lock (_lock)
        {
            return waiting.Remove(key, out var completion) ? completion : null;
        }
    }

    private static void Fail<T>(TaskCompletionSource<T> completion, Exception exception)
    {
        completion.TrySetException(exception);
        // The one who waited may have given up already; the failure is told by other means then.
        _ = completion.Task.Exception;
    }
}
