using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace VoiceCluster.Cluster.Tests.Specification;

/// <summary>What the actors of a test did, in order, and the gates that the test holds them with.</summary>
public sealed class Journal
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private readonly List<(Func<ImmutableList<string>, bool> Condition, TaskCompletionSource Met)> _waiting = [];
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _gates = [];
    private readonly Dictionary<string, int> _failures = [];
    private ImmutableList<string> _lines = [];

    public ImmutableList<string> Lines
    {
        get
        {
            lock (_gate)
            {
                return _lines;
            }
        }
    }

    public void Write(string line)
    {
        lock (_gate)
        {
            _lines = _lines.Add(line);
            foreach (var (condition, met) in _waiting.ToArray())
            {
                if (condition(_lines))
                {
                    met.TrySetResult();
                }
            }

            _waiting.RemoveAll(waiting => waiting.Met.Task.IsCompleted);
        }
    }

    public int Count(string line) => Lines.Count(written => written == line);

    public Task WaitForAsync(string line, int times = 1) => WaitForAsync(lines => lines.Count(written => written == line) >= times);

    public Task WaitForAsync(Func<ImmutableList<string>, bool> condition)
    {
        var met = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (condition(_lines))
            {
                return Task.CompletedTask;
            }

            _waiting.Add((condition, met));
        }

        return met.Task.WaitAsync(Deadline);
    }

    public Task GateAsync(string name) => Gate(name).Task;

    public void Open(string name) => Gate(name).TrySetResult();

    /// <summary>Lets the next starts of an actor fail.</summary>
    public void FailStarts(string name, int times)
    {
        lock (_gate)
        {
            _failures[name] = times;
        }
    }

    public bool TakeFailure(string name)
    {
        lock (_gate)
        {
            var left = _failures.GetValueOrDefault(name);
            _failures[name] = left - 1;
            return left > 0;
        }
    }

    private TaskCompletionSource Gate(string name) =>
        _gates.GetOrAdd(name, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
