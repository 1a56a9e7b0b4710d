using Npgsql;

namespace VoiceCluster.Cluster.Store.Postgres;

/// <summary>Something asked of the database that can share a transaction with others.</summary>
/// <param name="order">Requests of one transaction run in this order, so that no two transactions wait for each other's locks.</param>
/// <param name="commands">The statements, each of which has a result; the last one's is read.</param>
internal abstract class StoreRequest(long order, NpgsqlBatchCommand[] commands)
{
    public long Order => order;

    /// <summary>Whether nobody waits for the answer any more.</summary>
    public abstract bool IsAbandoned { get; }

    /// <summary>Puts the statements into a batch.</summary>
    public void AddTo(NpgsqlBatch batch)
    {
        foreach (var command in commands)
        {
            batch.BatchCommands.Add(command);
        }
    }

    /// <summary>Reads the answer; it counts once the transaction has committed.</summary>
    public async ValueTask ReadAsync(NpgsqlDataReader reader, CancellationToken cancellation)
    {
        for (var skipped = 1; skipped < commands.Length; skipped++)
        {
            await reader.NextResultAsync(cancellation);
        }

        await ReadLastAsync(reader, cancellation);
    }

    /// <summary>Hands the answer out.</summary>
    public abstract void Complete();

    /// <summary>Hands a failure out instead.</summary>
    public abstract void Fail(StoreUnavailableException error);

    protected abstract ValueTask ReadLastAsync(NpgsqlDataReader reader, CancellationToken cancellation);
}

/// <summary>A request with an answer.</summary>
internal sealed class StoreRequest<TAnswer>(
    long order,
    NpgsqlBatchCommand[] commands,
    Func<NpgsqlDataReader, CancellationToken, ValueTask<TAnswer>> read,
    CancellationToken cancellation) : StoreRequest(order, commands)
{
    private readonly TaskCompletionSource<TAnswer> _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TAnswer? _answer;

    public override bool IsAbandoned => cancellation.IsCancellationRequested;

    /// <summary>The answer. Cancelling ends the wait; what was sent already may still take effect.</summary>
    public Task<TAnswer> Answer => _answered.Task.WaitAsync(cancellation);

    public override void Complete() => _answered.TrySetResult(_answer!);

    public override void Fail(StoreUnavailableException error)
    {
        _answered.TrySetException(error);

        // The one who asked may have gone; the exception has then been told to nobody, which is right.
        _ = _answered.Task.Exception;
    }

    protected override async ValueTask ReadLastAsync(NpgsqlDataReader reader, CancellationToken cancellation) =>
        _answer = await read(reader, cancellation);
}
