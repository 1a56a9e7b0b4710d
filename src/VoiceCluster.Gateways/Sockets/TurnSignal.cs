using System.Threading.Tasks.Sources;

namespace VoiceCluster.Gateways.Sockets;

/// <summary>Lets one waiter go on, once each time that it is raised. Waiting costs no object.</summary>
/// <remarks>One waiter at a time, which goes on within the call that raises or cancels. Raising and cancelling are safe from any thread.</remarks>
internal sealed class TurnSignal : IValueTaskSource
{
    private readonly Lock _gate = new();
    private ManualResetValueTaskSourceCore<bool> _source;
    private int _raised;
    private bool _isWaiting;
    private bool _isCancelled;

    /// <summary>Ends when the signal is raised, or was before; throws <see cref="OperationCanceledException"/> when it is cancelled.</summary>
    public ValueTask WaitAsync()
    {
        lock (_gate)
        {
            _source.Reset();
            if (_isCancelled)
            {
                _source.SetException(new OperationCanceledException());
            }
            else if (_raised > 0)
            {
                _raised--;
                _source.SetResult(true);
            }
            else
            {
                _isWaiting = true;
            }

            return new ValueTask(this, _source.Version);
        }
    }

    /// <summary>Lets the waiter go on, or the next one that comes.</summary>
    public void Raise()
    {
        lock (_gate)
        {
            if (!TakeWaiter())
            {
                _raised++;
                return;
            }
        }

        _source.SetResult(true);
    }

    /// <summary>Lets nobody wait any more.</summary>
    public void Cancel()
    {
        lock (_gate)
        {
            _isCancelled = true;
            if (!TakeWaiter())
            {
                return;
            }
        }

        _source.SetException(new OperationCanceledException());
    }

    void IValueTaskSource.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private bool TakeWaiter()
    {
        var isWaiting = _isWaiting;
        _isWaiting = false;
        return isWaiting;
    }
}
