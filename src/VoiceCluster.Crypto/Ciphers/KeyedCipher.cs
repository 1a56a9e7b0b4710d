using VoiceCluster.Crypto.Native;

namespace VoiceCluster.Crypto.Ciphers;

/// <summary>A cipher with one key, which it owns.</summary>
/// <remarks>Calls must not overlap. Lengths are as at <see cref="AuthenticatedCipher"/>.</remarks>
internal sealed unsafe class KeyedCipher(AuthenticatedCipher cipher, CipherKey key) : IDisposable
{
    private readonly CipherKey _key = key;

    /// <summary>The cipher, which others use too.</summary>
    public AuthenticatedCipher Cipher { get; } = cipher;

    /// <summary>The key's handle; good until this object is disposed, and no longer than it is alive.</summary>
    public nint KeyHandle => _key.Handle;

    /// <inheritdoc cref="AuthenticatedCipher.TryOpen"/>
    public bool TryOpen(
        ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext)
    {
        bool isAuthentic;
        fixed (byte* iv = nonce, aad = associatedData, source = ciphertext, mac = tag, target = plaintext)
        {
            isAuthentic = Cipher.TryOpen(_key.Handle, iv, aad, associatedData.Length, source, ciphertext.Length, mac, target);
        }

        GC.KeepAlive(_key);
        return isAuthentic;
    }

    /// <inheritdoc cref="AuthenticatedCipher.TrySeal"/>
    public bool TrySeal(
        ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag)
    {
        bool isSealed;
        fixed (byte* iv = nonce, aad = associatedData, source = plaintext, mac = tag, target = ciphertext)
        {
            isSealed = Cipher.TrySeal(_key.Handle, iv, aad, associatedData.Length, source, plaintext.Length, target, mac);
        }

        GC.KeepAlive(_key);
        return isSealed;
    }

    /// <summary>Wipes the key.</summary>
    public void Dispose() => _key.Dispose();
}
