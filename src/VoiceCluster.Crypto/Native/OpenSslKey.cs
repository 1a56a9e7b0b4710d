using System.Runtime.InteropServices;

namespace VoiceCluster.Crypto.Native;

/// <summary>Two contexts of libcrypto under one key, side by side in native memory: one opens, one seals.</summary>
internal sealed unsafe class OpenSslKey : CipherKey
{
    /// <summary>Bytes of the pair.</summary>
    public const int Length = 16;

    private readonly OpenSsl _openSsl;

    public OpenSslKey(OpenSsl openSsl, ReadOnlySpan<byte> key)
    {
        _openSsl = openSsl;
        SetHandle((nint)NativeMemory.AllocZeroed(Length));
        Contexts[0] = openSsl.CreateAes256Gcm(key, encrypt: false);
        Contexts[1] = openSsl.CreateAes256Gcm(key, encrypt: true);
    }

    private nint* Contexts => (nint*)handle;

    /// <summary>The context that opens.</summary>
    public static nint Opening(nint key) => ((nint*)key)[0];

    /// <summary>The context that seals.</summary>
    public static nint Sealing(nint key) => ((nint*)key)[1];

    /// <inheritdoc />
    protected override bool ReleaseHandle()
    {
        _openSsl.Free(Contexts[0]);
        _openSsl.Free(Contexts[1]);
        NativeMemory.Free(Contexts);
        return true;
    }
}
