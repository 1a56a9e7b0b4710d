using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace VoiceCluster.Cluster.Store.Postgres;

/// <summary>Runs requests one transaction after another; those that come while one is on its way share the next.</summary>
/// <remarks>So a request alone goes out at once, and under load many share a round trip and a commit.</remarks>
internal sealed partial class StoreLane : IAsyncDisposable
{
    private readonly NpgsqlDataSource _database;
    private readonly PostgresAvailability _availability;
    private readonly PostgresStoreOptions _options;
    private readonly ILogger _logger;
    private readonly Channel<StoreRequest> _waiting;
    private readonly Task _running;

    public StoreLane(NpgsqlDataSource database, PostgresAvailability availability, PostgresStoreOptions options, ILogger logger)
    {
        _database = database;
        _availability = availability;
        _options = options;
        _logger = logger;
        _waiting = Channel.CreateBounded<StoreRequest>(new BoundedChannelOptions(options.LaneCapacity) { SingleReader = true });
        _running = Task.Run(RunAsync);
    }

    /// <summary>Takes a request, or fails it at once while the database is away or too much waits.</summary>
    public void Post(StoreRequest request)
    {
        if (_availability.Reason is { } reason)
        {
            PostgresTelemetry.Failed("away");
            request.Fail(new StoreUnavailableException(reason));
        }
        else if (!_waiting.Writer.TryWrite(request))
        {
            PostgresTelemetry.Failed("full");
            request.Fail(new StoreUnavailableException("Too many requests wait for the database."));
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _running;
    }

    private async Task RunAsync()
    {
        var requests = new List<StoreRequest>(_options.MaxBatch);
        while (await _waiting.Reader.WaitToReadAsync())
        {
            Take(requests);
            if (requests.Count > 0)
            {
                await RunAsync(requests);
            }
        }
    }

    private void Take(List<StoreRequest> requests)
    {
        requests.Clear();
        while (requests.Count < _options.MaxBatch && _waiting.Reader.TryRead(out var request))
        {
            if (!request.IsAbandoned)
            {
                requests.Add(request);
            }
        }

        requests.Sort(static (left, right) => left.Order.CompareTo(right.Order));
    }

    private async Task RunAsync(List<StoreRequest> requests)
    {
        if (_availability.Reason is { } reason)
        {
            Fail(requests, new StoreUnavailableException(reason), "away");
            return;
        }

        try
        {
            await ExecuteAsync(requests);
            requests.ForEach(static request => request.Complete());
        }
        catch (PostgresException error) when (requests.Count > 1 && PostgresErrors.MayBeOneRequests(error))
        {
            // One of them spoiled the transaction of all, or two transactions waited for each other. Nothing was written.
            await RunOneByOneAsync([.. requests]);
        }
        catch (Exception error)
        {
            Fail(requests, error);
        }
    }

    private async Task RunOneByOneAsync(StoreRequest[] requests)
    {
        foreach (var request in requests)
        {
            try
            {
                await ExecuteAsync([request]);
                request.Complete();
            }
            catch (Exception error)
            {
                Fail([request], error);
            }
        }
    }

    private async Task ExecuteAsync(List<StoreRequest> requests)
    {
        await using var connection = await _database.OpenConnectionAsync();
        await using var batch = new NpgsqlBatch(connection);
        requests.ForEach(request => request.AddTo(batch));
        PostgresTelemetry.Sent(batch.BatchCommands.Count);
        await using var reader = await batch.ExecuteReaderAsync();
        for (var index = 0; index < requests.Count; index++)
        {
            if (index > 0)
            {
                await reader.NextResultAsync();
            }

            await requests[index].ReadAsync(reader, CancellationToken.None);
        }

        // The commit's answer comes after the last result.
        while (await reader.NextResultAsync())
        {
        }
    }

    private void Fail(List<StoreRequest> requests, Exception error)
    {
        if (PostgresErrors.IsOutage(error))
        {
            _availability.Lost(error);
            Fail(requests, new StoreUnavailableException("The database did not answer.", error), "away");
            return;
        }

        Log.Refused(_logger, error);
        Fail(requests, new StoreUnavailableException("The database refused a statement.", error), "refused");
    }

    private static void Fail(List<StoreRequest> requests, StoreUnavailableException error, string reason)
    {
        PostgresTelemetry.Failed(reason, requests.Count);
        requests.ForEach(request => request.Fail(error));
    }

    private static partial class Log
    {
        [LoggerMessage(60, LogLevel.Error, "The database refused a statement")]
        public static partial void Refused(ILogger logger, Exception error);
    }
}
