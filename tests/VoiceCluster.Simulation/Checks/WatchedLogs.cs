using Microsoft.Extensions.Logging;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Simulation.Checks;

/// <summary>A node's log: an error in it is a finding, whatever was done to the node.</summary>
internal sealed class WatchedLogs(NodeId node, World world, TextWriter? trace) : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error || trace is not null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (trace is not null)
        {
            world.Trace(node.Value, $"{logLevel} {formatter(state, exception)} {exception?.Message}");
        }

        if (logLevel >= LogLevel.Error)
        {
            world.Judge.Find($"{node} logs: {formatter(state, exception)} {exception}");
        }
    }
}
