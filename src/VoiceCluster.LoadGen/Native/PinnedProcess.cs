using System.Collections.Concurrent;
using System.Diagnostics;
using VoiceCluster.Client.Sockets;

namespace VoiceCluster.LoadGen.Native;

/// <summary>A program that was started for a measurement, on a core of its own, and ends with it.</summary>
internal sealed class PinnedProcess : IAsyncDisposable
{
    private const int KeptErrors = 20;
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly string _name;
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly BlockingCollection<string> _lines = [];

    private PinnedProcess(Process process, string name)
    {
        _process = process;
        _name = name;
        process.OutputDataReceived += (_, data) => Keep(data.Data);
        process.ErrorDataReceived += (_, data) => KeepError(data.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The process.</summary>
    public int Id => _process.Id;

    /// <summary>Whether it has ended, wanted or not.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>Starts a program.</summary>
    /// <param name="core">On which core all its threads run; null for any. Ignored where there is no <c>taskset</c>.</param>
    /// <param name="file">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">What is added to its environment.</param>
    /// <exception cref="ConnectFailedException">There is no such program.</exception>
    public static PinnedProcess Start(
        int? core, string file, IEnumerable<string> arguments, params ReadOnlySpan<(string Name, string Value)> environment)
    {
        var isPinned = core is not null && File.Exists("/usr/bin/taskset");
        var start = new ProcessStartInfo(isPinned ? "/usr/bin/taskset" : file)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
        };
        foreach (var argument in isPinned ? ["-c", $"{core}", file, .. arguments] : arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        try
        {
            return new PinnedProcess(Process.Start(start)!, Path.GetFileName(file));
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new ConnectFailedException($"{file} cannot be started: {exception.Message}", exception);
        }
    }

    /// <summary>Waits for a line of output.</summary>
    /// <param name="isWanted">Tells which; others are passed over.</param>
    /// <param name="limit">How long to wait.</param>
    /// <exception cref="NoAnswerException">It did not come; the message has what the process said instead.</exception>
    public async Task<string> LineAsync(Func<string, bool> isWanted, TimeSpan limit, CancellationToken cancellation)
    {
        var end = Stopwatch.GetTimestamp() + (long)(limit.TotalSeconds * Stopwatch.Frequency);
        while (Stopwatch.GetTimestamp() < end)
        {
            var line = await Task.Run(() => _lines.TryTake(out var taken, 50, cancellation) ? taken : null, cancellation);
            if (line is not null && isWanted(line))
            {
                return line;
            }

            if (line is null && HasEnded)
            {
                break;
            }
        }

        throw new NoAnswerException($"{_name} {(HasEnded ? "ended" : "did not say what was waited for")}. It said: {string.Join(" / ", _errors)}");
    }

    /// <summary>Sends a signal.</summary>
    public void Signal(int signal) => ProcessSignal.Send(Id, signal);

    /// <summary>Ends it at once, for what has nothing to save and would take its time to say goodbye.</summary>
    public void Kill()
    {
        if (!HasEnded)
        {
            _process.Kill(entireProcessTree: true);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (!HasEnded)
        {
            Signal(ProcessSignal.Terminate);
            try
            {
                await _process.WaitForExitAsync().WaitAsync(EndLimit);
            }
            catch (TimeoutException)
            {
                _process.Kill(entireProcessTree: true);
                await _process.WaitForExitAsync();
            }
        }

        _process.Dispose();
        _lines.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is not null && !_lines.IsAddingCompleted)
        {
            _lines.Add(line);
            KeepError(line);
        }
    }

    private void KeepError(string? line)
    {
        if (line is null)
        {
            return;
        }

        _errors.Enqueue(line);
        while (_errors.Count > KeptErrors)
        {
            _errors.TryDequeue(out _);
        }
    }
}
