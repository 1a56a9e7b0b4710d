namespace VoiceCluster.Crypto.Ciphers;

/// <summary>An authenticated cipher under one key, with a 16-byte tag kept apart from the text.</summary>
/// <remarks>Calls must not overlap. Lengths are the caller's duty; the methods are on the packet path.</remarks>
internal abstract class AuthenticatedCipher : IDisposable
{
    /// <summary>Checks the tag and decrypts.</summary>
    /// <param name="nonce">24 bytes, of which a cipher takes as many as its nonce has from the front.</param>
    /// <param name="associatedData">Bytes the tag also covers. Ignored by ciphers that have none.</param>
    /// <param name="ciphertext">Any length.</param>
    /// <param name="tag">16 bytes.</param>
    /// <param name="plaintext">As long as the ciphertext; may be the same memory, or begin where the tag does.</param>
    /// <returns>False if the tag is wrong; no plaintext is left behind then.</returns>
    public abstract bool TryOpen(
        ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext);

    /// <summary>Encrypts and makes the tag.</summary>
    /// <param name="nonce">As for <see cref="TryOpen"/>.</param>
    /// <param name="associatedData">As for <see cref="TryOpen"/>.</param>
    /// <param name="plaintext">Any length.</param>
    /// <param name="ciphertext">As long as the plaintext, other memory.</param>
    /// <param name="tag">16 bytes.</param>
    /// <returns>False only if the library fails.</returns>
    public abstract bool TrySeal(
        ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag);

    /// <summary>Wipes the key.</summary>
    public abstract void Dispose();
}
