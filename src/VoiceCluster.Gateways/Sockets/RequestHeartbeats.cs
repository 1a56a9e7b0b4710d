using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace VoiceCluster.Gateways.Sockets;

/// <summary>Looks after the time limits of connections each second, in place of the server, as long as they speak HTTP and no longer.</summary>
/// <remarks>
/// None of these limits concerns a WebSocket, whose deadlines are kept by its gateway; but looking through what is kept of some ten thousand idle connections every second
/// is what a crowd at rest costs most. One per process; safe for calls from any thread.
/// </remarks>
public sealed class RequestHeartbeats : IDisposable
{
    /// <summary>As often as the server does.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Connection, bool> _connections = [];
    private readonly Lock _beating = new();
    private readonly ITimer _timer;

    /// <summary>Begins to look.</summary>
    /// <param name="time">Of the process.</param>
    public RequestHeartbeats(TimeProvider time) =>
        _timer = time.CreateTimer(static heartbeats => ((RequestHeartbeats)heartbeats!).Beat(), this, Interval, Interval);

    /// <summary>Connection middleware that takes the place of the server.</summary>
    public ConnectionDelegate Use(ConnectionDelegate next) => async context =>
    {
        var connection = new Connection(this, context);
        context.Features.Set<IConnectionHeartbeatFeature>(connection);
        try
        {
            await next(context);
        }
        finally
        {
            connection.End();
        }
    };

    /// <summary>A request has become a WebSocket: nobody need look after it any more.</summary>
    public static void End(HttpContext context) => (context.Features.Get<IConnectionHeartbeatFeature>() as Connection)?.End();

    /// <inheritdoc />
    public void Dispose() => _timer.Dispose();

    private void Beat()
    {
        // Handlers expect one beat at a time; one that is late is made up for by the next.
        if (!_beating.TryEnter())
        {
            return;
        }

        try
        {
            foreach (var (connection, _) in _connections)
            {
                connection.Beat();
            }
        }
        finally
        {
            _beating.Exit();
        }
    }

    private sealed class Connection(RequestHeartbeats heartbeats, ConnectionContext context) : IConnectionHeartbeatFeature
    {
        private readonly ConcurrentQueue<(Action<object> Action, object State)> _handlers = [];

        public void OnHeartbeat(Action<object> action, object state)
        {
            _handlers.Enqueue((action, state));
            heartbeats._connections[this] = true;
        }

        public void Beat()
        {
            try
            {
                foreach (var (action, state) in _handlers)
                {
                    action(state);
                }
            }
            catch (Exception exception)
            {
                // Nobody would keep its time limits any more.
                End();
                context.Abort(new ConnectionAbortedException("Its time limits could not be looked after.", exception));
            }
        }

        public void End()
        {
            heartbeats._connections.TryRemove(this, out _);
            _handlers.Clear();
        }
    }
}
