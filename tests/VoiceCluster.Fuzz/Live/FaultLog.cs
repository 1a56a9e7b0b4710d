using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace VoiceCluster.Fuzz.Live;

/// <summary>Collects what a node must never do because of its peers: log an error, or leave an exception to nobody.</summary>
internal sealed class FaultLog : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _faults = new();

    public FaultLog()
    {
        AppDomain.CurrentDomain.UnhandledException += (_, unhandled) => Add($"unhandled: {unhandled.ExceptionObject}");
        TaskScheduler.UnobservedTaskException += (_, unobserved) => Add($"unobserved: {unobserved.Exception}");
    }

    public IReadOnlyCollection<string> Faults => _faults;

    public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

    public void Dispose()
    {
    }

    private void Add(string fault)
    {
        if (_faults.Count < 20)
        {
            _faults.Enqueue(fault);
        }
    }

    private sealed class Category(FaultLog log, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                log.Add($"{name}: {formatter(state, exception)} {exception}");
            }
        }
    }
}
