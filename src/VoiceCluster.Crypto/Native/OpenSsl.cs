using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace VoiceCluster.Crypto.Native;

/// <summary>One entry of an <c>OSSL_PARAM</c> array.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct OpenSslParameter
{
    public nint Key;
    public uint DataType;
    public void* Data;
    public nuint DataSize;
    public nuint ReturnSize;
}

/// <summary>The entry points of libcrypto 3 that the AES-GCM path needs.</summary>
/// <remarks>
/// Tags go through parameter arrays because that path is shorter than <c>EVP_CIPHER_CTX_ctrl</c>, which translates into it.
/// Source: manual page EVP_EncryptInit(3ssl), "AEAD Interface" and "PARAMETERS".
/// </remarks>
internal sealed unsafe class OpenSsl
{
    /// <summary>Passed to <see cref="CipherInit"/> to keep encrypting or decrypting as before.</summary>
    public const int KeepDirection = -1;

    private const uint OctetString = 5;

    public readonly delegate* unmanaged<nint, nint, nint, byte*, byte*, int, int> CipherInit;
    public readonly delegate* unmanaged<nint, byte*, int*, byte*, int, int> CipherUpdate;
    public readonly delegate* unmanaged<nint, byte*, int*, int> CipherFinal;
    public readonly delegate* unmanaged<nint, OpenSslParameter*, int> SetContextParameters;
    public readonly delegate* unmanaged<nint, OpenSslParameter*, int> GetContextParameters;

    private readonly delegate* unmanaged<nint> _contextNew;
    private readonly delegate* unmanaged<nint, void> _contextFree;
    private readonly delegate* unmanaged<void> _clearErrors;
    private readonly nint _aes256Gcm;
    private readonly nint _tagKey = Marshal.StringToCoTaskMemUTF8("tag");

    private OpenSsl(NativeLibraryFile library)
    {
        CipherInit = (delegate* unmanaged<nint, nint, nint, byte*, byte*, int, int>)library.Export("EVP_CipherInit_ex");
        CipherUpdate = (delegate* unmanaged<nint, byte*, int*, byte*, int, int>)library.Export("EVP_CipherUpdate");
        CipherFinal = (delegate* unmanaged<nint, byte*, int*, int>)library.Export("EVP_CipherFinal_ex");
        SetContextParameters = (delegate* unmanaged<nint, OpenSslParameter*, int>)library.Export("EVP_CIPHER_CTX_set_params");
        GetContextParameters = (delegate* unmanaged<nint, OpenSslParameter*, int>)library.Export("EVP_CIPHER_CTX_get_params");
        _contextNew = (delegate* unmanaged<nint>)library.Export("EVP_CIPHER_CTX_new");
        _contextFree = (delegate* unmanaged<nint, void>)library.Export("EVP_CIPHER_CTX_free");
        _clearErrors = (delegate* unmanaged<void>)library.Export("ERR_clear_error");
        var fetch = (delegate* unmanaged<nint, byte*, byte*, nint>)library.Export("EVP_CIPHER_fetch");
        if (library.MissingExport is null)
        {
            fixed (byte* name = "AES-256-GCM\0"u8)
            {
                _aes256Gcm = fetch(0, name, null);
            }
        }
    }

    /// <summary>Loads libcrypto 3.</summary>
    /// <param name="openSsl">The library; lives as long as the process.</param>
    /// <param name="reason">Why it cannot be used, for the start-up log.</param>
    public static bool TryLoad([NotNullWhen(true)] out OpenSsl? openSsl, [NotNullWhen(false)] out string? reason)
    {
        openSsl = null;
        if (!NativeLibraryFile.TryLoad(["libcrypto.so.3", "libcrypto.3.dylib", "libcrypto-3-x64.dll"], out var library))
        {
            reason = "libcrypto 3 is not installed";
            return false;
        }

        var loaded = new OpenSsl(library);
        reason = library.MissingExport is { } missing ? $"{library.Name} lacks {missing}"
            : loaded._aes256Gcm == 0 ? $"{library.Name} offers no AES-256-GCM"
            : null;
        openSsl = reason is null ? loaded : null;
        return reason is null;
    }

    /// <summary>Makes a context with its key set, to be given a nonce per packet.</summary>
    public nint CreateAes256Gcm(ReadOnlySpan<byte> key, bool encrypt)
    {
        var context = _contextNew();
        fixed (byte* keyBytes = key)
        {
            if (context == 0 || CipherInit(context, _aes256Gcm, 0, keyBytes, null, encrypt ? 1 : 0) != 1)
            {
                Free(context);
                throw new CryptographicException("libcrypto could not set up AES-256-GCM.");
            }
        }

        return context;
    }

    /// <summary>Frees a context, which wipes the key schedule inside. 0 is none.</summary>
    public void Free(nint context) => _contextFree(context);

    /// <summary>Fills a two-entry parameter array so that it points at a tag.</summary>
    public void FillTagParameters(OpenSslParameter* parameters, byte* tag)
    {
        parameters[0] = new OpenSslParameter { Key = _tagKey, DataType = OctetString, Data = tag, DataSize = TransportCipher.TagLength };
        parameters[1] = default;
    }

    /// <summary>Empties the thread's error queue, which a refused packet fills and other users of the library would read as theirs.</summary>
    public void ClearErrors() => _clearErrors();
}
