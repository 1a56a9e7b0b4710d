using Microsoft.Win32.SafeHandles;

namespace VoiceCluster.Udp.Linux;

/// <summary>Owns a socket's descriptor, so that an interrupt from another thread never meets a descriptor that was given out again.</summary>
internal sealed class SocketHandle : SafeHandleMinusOneIsInvalid
{
    public SocketHandle(int descriptor)
        : base(ownsHandle: true) => SetHandle(descriptor);

    public int Descriptor => (int)handle;

    public void Shutdown()
    {
        var taken = false;
        try
        {
            DangerousAddRef(ref taken);
            // An unconnected socket answers "not connected" and wakes its readers nevertheless.
            _ = LibC.Shutdown(Descriptor, LibC.ShutdownBoth);
        }
        catch (ObjectDisposedException)
        {
            // Already closed: nobody waits on it.
        }
        finally
        {
            if (taken)
            {
                DangerousRelease();
            }
        }
    }

    protected override bool ReleaseHandle() => LibC.Close(Descriptor) == 0;
}
