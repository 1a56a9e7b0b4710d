using VoiceCluster.Client.Pacing;
using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Native;

namespace VoiceCluster.LoadGen.Peers;

/// <summary>A peer's server: started with a directory of its own, which is removed with it.</summary>
internal sealed class PeerServer : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ProbePause = TimeSpan.FromMilliseconds(20);

    private readonly PinnedProcess _process;
    private readonly PeerDirectory _directory;

    private PeerServer(PinnedProcess process, PeerDirectory directory) => (_process, _directory) = (process, directory);

    /// <summary>Its process id.</summary>
    public int ProcessId => _process.Id;

    /// <summary>Why a program cannot be started here, as half a sentence; null if it can.</summary>
    public static string? WhyMissing(string program, string package) =>
        !OperatingSystem.IsLinux() ? "it is measured on Linux only"
        : Find(program) is null ? $"{program} is not installed (Debian package {package})"
        : null;

    /// <summary>Starts a program that stays in the foreground.</summary>
    /// <param name="core">On which core; null for any.</param>
    /// <param name="program">Its name, found as a shell would, or where system programs are.</param>
    /// <param name="directory">Its files; removed with it.</param>
    /// <exception cref="ConnectFailedException">It cannot be started.</exception>
    public static PeerServer Start(int? core, string program, IEnumerable<string> arguments, PeerDirectory directory)
    {
        try
        {
            return new PeerServer(PinnedProcess.Start(core, Find(program) ?? program, arguments), directory);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Probes until the server answers.</summary>
    /// <param name="isReady">One probe; itself short.</param>
    /// <exception cref="NoAnswerException">It ended, or did not answer in time; with what it said.</exception>
    public async Task WaitUntilReadyAsync(Func<CancellationToken, Task<bool>> isReady, CancellationToken cancellation)
    {
        var deadline = TimeProvider.System.Now() + StartLimit;
        while (!await isReady(cancellation))
        {
            if (_process.HasEnded || TimeProvider.System.Now() > deadline)
            {
                await _process.LineAsync(static _ => false, TimeSpan.Zero, cancellation);
            }

            await Task.Delay(ProbePause, cancellation);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _directory.Dispose();
    }

    // System programs are in places that a user's PATH may lack.
    private static string? Find(string program) => $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin"
        .Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, program))
        .FirstOrDefault(File.Exists);
}
