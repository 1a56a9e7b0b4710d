using System.Security.Cryptography;

namespace VoiceCluster.Crypto.Ciphers;

/// <summary>AES-256-GCM of the base library: everywhere there, but slow, and slowest on forged packets.</summary>
internal sealed class BaseLibraryAesGcm(ReadOnlySpan<byte> key) : AuthenticatedCipher
{
    private const int NonceLength = 12;

    private readonly AesGcm _aes = new(key, TransportCipher.TagLength);

    /// <inheritdoc />
    public override bool TryOpen(
        ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext)
    {
        // The only way this class tells of a wrong tag is to throw; it must not get further than here.
        try
        {
            _aes.Decrypt(nonce[..NonceLength], ciphertext, tag, plaintext, associatedData);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            plaintext.Clear();
            return false;
        }
    }

    /// <inheritdoc />
    public override bool TrySeal(
        ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag)
    {
        _aes.Encrypt(nonce[..NonceLength], plaintext, ciphertext, tag, associatedData);
        return true;
    }

    /// <inheritdoc />
    public override void Dispose() => _aes.Dispose();
}
