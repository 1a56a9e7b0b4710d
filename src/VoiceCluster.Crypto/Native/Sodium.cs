using System.Diagnostics.CodeAnalysis;

namespace VoiceCluster.Crypto.Native;

/// <summary>The entry points of libsodium that the XChaCha20 and XSalsa20 modes need.</summary>
/// <remarks>
/// All are stateless and return 0 on success. They take a microsecond or two and neither wait nor call back, so the runtime is not told
/// that the thread is away. Source: libsodium documentation, "Secret-key cryptography".
/// </remarks>
internal sealed unsafe class Sodium
{
    /// <summary>crypto_aead_xchacha20poly1305_ietf_decrypt_detached(m, nsec, c, clen, mac, ad, adlen, npub, k).</summary>
    public readonly delegate* unmanaged[SuppressGCTransition]<byte*, byte*, byte*, ulong, byte*, byte*, ulong, byte*, byte*, int> XChaChaOpen;

    /// <summary>crypto_aead_xchacha20poly1305_ietf_encrypt_detached(c, mac, maclen, m, mlen, ad, adlen, nsec, npub, k).</summary>
    public readonly delegate* unmanaged[SuppressGCTransition]<byte*, byte*, ulong*, byte*, ulong, byte*, ulong, byte*, byte*, byte*, int> XChaChaSeal;

    /// <summary>crypto_secretbox_open_detached(m, c, mac, clen, n, k).</summary>
    public readonly delegate* unmanaged[SuppressGCTransition]<byte*, byte*, byte*, ulong, byte*, byte*, int> SecretBoxOpen;

    /// <summary>crypto_secretbox_detached(c, mac, m, mlen, n, k).</summary>
    public readonly delegate* unmanaged[SuppressGCTransition]<byte*, byte*, byte*, ulong, byte*, byte*, int> SecretBoxSeal;

    private readonly delegate* unmanaged<int> _init;

    private Sodium(NativeLibraryFile library)
    {
        XChaChaOpen = (delegate* unmanaged[SuppressGCTransition]<byte*, byte*, byte*, ulong, byte*, byte*, ulong, byte*, byte*, int>)library.Export(
            "crypto_aead_xchacha20poly1305_ietf_decrypt_detached");
        XChaChaSeal = (delegate* unmanaged[SuppressGCTransition]<byte*, byte*, ulong*, byte*, ulong, byte*, ulong, byte*, byte*, byte*, int>)library.Export(
            "crypto_aead_xchacha20poly1305_ietf_encrypt_detached");
        SecretBoxOpen = (delegate* unmanaged[SuppressGCTransition]<byte*, byte*, byte*, ulong, byte*, byte*, int>)library.Export("crypto_secretbox_open_detached");
        SecretBoxSeal = (delegate* unmanaged[SuppressGCTransition]<byte*, byte*, byte*, ulong, byte*, byte*, int>)library.Export("crypto_secretbox_detached");
        _init = (delegate* unmanaged<int>)library.Export("sodium_init");
    }

    /// <summary>Loads and initialises libsodium.</summary>
    /// <param name="sodium">The library; lives as long as the process.</param>
    /// <param name="reason">Why it cannot be used, for the start-up log.</param>
    public static bool TryLoad([NotNullWhen(true)] out Sodium? sodium, [NotNullWhen(false)] out string? reason)
    {
        sodium = null;
        if (!NativeLibraryFile.TryLoad(["libsodium.so.23", "libsodium.so.26", "libsodium"], out var library))
        {
            reason = "libsodium is not installed";
            return false;
        }

        var loaded = new Sodium(library);
        reason = library.MissingExport is { } missing ? $"{library.Name} lacks {missing}"
            : loaded._init() < 0 ? $"{library.Name} failed to initialise"
            : null;
        sodium = reason is null ? loaded : null;
        return reason is null;
    }
}
