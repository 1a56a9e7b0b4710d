using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using VoiceCluster.Udp.Linux.Frames;

namespace VoiceCluster.Udp.Tests.Linux;

/// <summary>A network of its own, with a thread that lives in it. What that thread opens and starts lives there too.</summary>
internal sealed partial class NetworkNamespace : IDisposable
{
    private const int CloneNewNetwork = 0x40000000;

    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;

    public NetworkNamespace()
    {
        _thread = new Thread(() =>
        {
            foreach (var action in _work.GetConsumingEnumerable())
            {
                action();
            }
        })
        { IsBackground = true };
        _thread.Start();
        ThreadId = Run(() =>
        {
            if (Unshare(CloneNewNetwork) != 0)
            {
                throw new InvalidOperationException("There is no network namespace to be had.");
            }

            return GetThreadId();
        });
    }

    /// <summary>Why there are none; null if there are.</summary>
    public static string? Reason { get; } = FindReason();

    public int ThreadId { get; }

    public void Ip(string arguments) => Run(() =>
    {
        using var process = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, $"ip {arguments}: {error}");
        return 0;
    });

    public T Run<T>(Func<T> function)
    {
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        using var done = new ManualResetEventSlim();
        _work.Add(() =>
        {
            try
            {
                result = function();
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }

            done.Set();
        });
        done.Wait();
        failure?.Throw();
        return result;
    }

    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private static string? FindReason()
    {
        try
        {
            FrameSocket.Open(4096, 0).Dispose();
            using var probe = new NetworkNamespace();
            probe.Ip("link show");
            return null;
        }
        catch (Exception exception)
        {
            return exception.Message;
        }
    }

    [LibraryImport("libc", EntryPoint = "unshare")]
    private static partial int Unshare(int flags);

    [LibraryImport("libc", EntryPoint = "gettid")]
    private static partial int GetThreadId();
}

/// <summary>A test that needs network namespaces; skipped with the reason where there are none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NetworkNamespaceFactAttribute : FactAttribute
{
    public NetworkNamespaceFactAttribute() => Skip = NetworkNamespace.Reason!;
}
