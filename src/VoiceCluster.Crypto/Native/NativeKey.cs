using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace VoiceCluster.Crypto.Native;

/// <summary>A copy of a 32-byte key outside the managed heap, where no collection leaves further copies behind; wiped when released.</summary>
internal sealed unsafe class NativeKey : SafeHandle
{
    public NativeKey()
        : base(0, ownsHandle: true)
    {
    }

    /// <inheritdoc />
    public override bool IsInvalid => handle == 0;

    /// <summary>The first byte. Stays valid while the owner is alive and not disposed.</summary>
    public byte* Pointer => (byte*)handle;

    /// <summary>Copies a key.</summary>
    public static NativeKey Copy(ReadOnlySpan<byte> key)
    {
        var copy = new NativeKey();
        copy.SetHandle((nint)NativeMemory.Alloc(TransportCipher.KeyLength));
        key.CopyTo(new Span<byte>(copy.Pointer, TransportCipher.KeyLength));
        return copy;
    }

    /// <inheritdoc />
    protected override bool ReleaseHandle()
    {
        CryptographicOperations.ZeroMemory(new Span<byte>(Pointer, TransportCipher.KeyLength));
        NativeMemory.Free(Pointer);
        return true;
    }
}
