using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;

namespace VoiceCluster.Gateways.Sockets;

/// <summary>When a connection's peer last sent a byte; pongs count, though the WebSocket keeps them to itself.</summary>
public sealed class ConnectionActivity(TimeProvider time)
{
    private long _lastReceived = time.GetTimestamp();

    /// <summary>Time since the last byte came.</summary>
    public TimeSpan Silence => time.GetElapsedTime(Volatile.Read(ref _lastReceived));

    private void Note() => Volatile.Write(ref _lastReceived, time.GetTimestamp());

    /// <summary>Connection middleware that makes a <see cref="ConnectionActivity"/> a feature of each connection.</summary>
    public static ConnectionDelegate Track(ConnectionDelegate next, TimeProvider time) => async connection =>
    {
        var activity = new ConnectionActivity(time);
        connection.Features.Set(activity);
        var transport = connection.Transport;
        connection.Transport = new ObservedPipe(new ObservedReader(transport.Input, activity), transport.Output);
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Transport = transport;
        }
    };

    private sealed record ObservedPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class ObservedReader(PipeReader inner, ConnectionActivity activity) : PipeReader
    {
        public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            var result = await inner.ReadAsync(cancellationToken);
            activity.Note();
            return result;
        }

        public override bool TryRead(out ReadResult result)
        {
            var read = inner.TryRead(out result);
            if (read)
            {
                activity.Note();
            }

            return read;
        }
    }
}
