using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using VoiceCluster.Client.Pacing;
using VoiceCluster.Client.Sockets;

namespace VoiceCluster.LoadGen.Peers;

/// <summary>A peer's server: started on one processor with a directory of its own, stopped and removed when disposed.</summary>
internal sealed class PeerDaemon : IAsyncDisposable
{
    private const string Taskset = "taskset";
    private const int KeptLines = 10;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ProbePause = TimeSpan.FromMilliseconds(20);

    private readonly string _program;
    private readonly PeerDirectory _directory;
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lastLines = new();

    private PeerDaemon(string program, PeerDirectory directory, Process process)
    {
        (_program, _directory, _process) = (program, directory, process);
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
    }

    /// <summary>Its process id.</summary>
    public int ProcessId => _process.Id;

    /// <summary>Why a program cannot be started here, as half a sentence; null if it can.</summary>
    public static string? WhyMissing(string program, string package)
    {
        if (!OperatingSystem.IsLinux())
        {
            return "it is measured on Linux only";
        }

        return Find(program) is null ? $"{program} is not installed (Debian package {package})"
            : Find(Taskset) is null ? $"{Taskset} is not installed (Debian package util-linux)"
            : null;
    }

    /// <summary>Starts a program that stays in the foreground.</summary>
    /// <param name="program">Its name, found as a shell would, or where system programs are.</param>
    /// <param name="directory">Its files; removed with it.</param>
    /// <param name="processor">The processor it runs on.</param>
    /// <exception cref="ConnectFailedException">It cannot be started.</exception>
    public static PeerDaemon Start(string program, IEnumerable<string> arguments, PeerDirectory directory, int processor)
    {
        // taskset becomes the program: same process id.
        var start = new ProcessStartInfo(Find(Taskset) ?? Taskset, ["-c", $"{processor}", Find(program) ?? program, .. arguments])
        {
            WorkingDirectory = directory.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        var daemon = new PeerDaemon(program, directory, new Process { StartInfo = start });
        try
        {
            daemon._process.Start();
        }
        catch (Win32Exception exception)
        {
            daemon._process.Dispose();
            directory.Dispose();
            throw new ConnectFailedException($"{program} cannot be started: {exception.Message}", exception);
        }

        daemon._process.BeginOutputReadLine();
        daemon._process.BeginErrorReadLine();
        return daemon;
    }

    /// <summary>Probes until the server answers.</summary>
    /// <param name="isReady">One probe; itself short.</param>
    /// <exception cref="ConnectFailedException">The server has ended.</exception>
    /// <exception cref="NoAnswerException">It did not answer in time.</exception>
    public async Task WaitUntilReadyAsync(Func<CancellationToken, Task<bool>> isReady, CancellationToken cancellation)
    {
        var deadline = TimeProvider.System.Now() + StartLimit;
        while (!await isReady(cancellation))
        {
            if (_process.HasExited)
            {
                throw new ConnectFailedException($"{_program} ended with code {_process.ExitCode}: {LastLines()}");
            }

            if (TimeProvider.System.Now() > deadline)
            {
                throw new NoAnswerException($"{_program} was not ready after {StartLimit.TotalSeconds} s: {LastLines()}");
            }

            await Task.Delay(ProbePause, cancellation);
        }
    }

    /// <summary>Asks the server to end, ends it when it does not, and removes its directory.</summary>
    public async ValueTask DisposeAsync()
    {
        LibC.Terminate(_process.Id);
        try
        {
            await _process.WaitForExitAsync().WaitAsync(StopLimit);
        }
        catch (TimeoutException)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _directory.Dispose();
    }

    // System programs are in places that a user's PATH may lack.
    private static string? Find(string program) => $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin"
        .Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, program))
        .FirstOrDefault(File.Exists);

    private void Keep(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return;
        }

        _lastLines.Enqueue(line);
        while (_lastLines.Count > KeptLines)
        {
            _lastLines.TryDequeue(out _);
        }
    }

    private string LastLines() => _lastLines.IsEmpty ? "it said nothing" : string.Join(" | ", _lastLines);
}
