using System.Runtime.InteropServices;

namespace VoiceCluster.Udp.Linux;

/// <summary>Wakes a thread that waits for it and for a descriptor at once. See eventfd(2).</summary>
internal sealed unsafe class EventDescriptor : IDisposable
{
    private readonly SocketHandle _handle;

    /// <exception cref="IOException">The process has too many descriptors open.</exception>
    public EventDescriptor()
    {
        _handle = new SocketHandle(LibC.EventDescriptor(0, LibC.EventCloseOnExecNonBlocking));
        if (_handle.IsInvalid)
        {
            throw new IOException($"Event descriptor: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastSystemError())}.");
        }
    }

    /// <summary>Ends the wait, or the next one. Safe from any thread.</summary>
    public void Raise() => _ = LibC.RaiseEvent(_handle.Descriptor, 1);

    /// <summary>Waits until it is raised, or the other descriptor has something to read.</summary>
    public void WaitWith(int other, TimeSpan timeout)
    {
        var entries = stackalloc PollEntry[2];
        entries[0] = new PollEntry { Descriptor = _handle.Descriptor, Wanted = LibC.PollReadable };
        entries[1] = new PollEntry { Descriptor = other, Wanted = LibC.PollReadable };
        if (LibC.Poll(entries, 2, (int)timeout.TotalMilliseconds) > 0 && entries[0].Found != 0)
        {
            ulong raised;
            _ = LibC.TakeEvent(_handle.Descriptor, &raised);
        }
    }

    public void Dispose() => _handle.Dispose();
}
