using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace VoiceCluster.Crypto.Native;

/// <summary>Secret bytes outside the managed heap, where no collection leaves copies behind; wiped when released.</summary>
internal sealed unsafe class NativeSecret : CipherKey
{
    // A cache line, and the strictest alignment a library here asks for.
    private const nuint Alignment = 64;

    private readonly int _length;

    /// <summary>Allocates zeroed bytes.</summary>
    public NativeSecret(int length)
    {
        _length = length;
        SetHandle((nint)NativeMemory.AlignedAlloc((nuint)length, Alignment));
        new Span<byte>(Pointer, length).Clear();
    }

    /// <summary>The first byte, at a multiple of 64. Stays valid while the owner is alive and not disposed.</summary>
    public byte* Pointer => (byte*)handle;

    /// <summary>Copies a key.</summary>
    public static NativeSecret Copy(ReadOnlySpan<byte> key)
    {
        var copy = new NativeSecret(key.Length);
        key.CopyTo(new Span<byte>(copy.Pointer, key.Length));
        return copy;
    }

    /// <inheritdoc />
    protected override bool ReleaseHandle()
    {
        CryptographicOperations.ZeroMemory(new Span<byte>(Pointer, _length));
        NativeMemory.AlignedFree(Pointer);
        return true;
    }
}
