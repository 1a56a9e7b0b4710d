using System.Runtime.InteropServices;

namespace VoiceCluster.Crypto.Native;

/// <summary>A key made ready for one cipher, outside the managed heap; wiped when released.</summary>
internal abstract class CipherKey() : SafeHandle(0, ownsHandle: true)
{
    /// <inheritdoc />
    public override bool IsInvalid => handle == 0;

    /// <summary>What the cipher is given. Good while the owner is alive and not disposed.</summary>
    public nint Handle => handle;
}
