using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using VoiceCluster.Crypto.Ciphers;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Crypto;

/// <summary>Which modes work here, and ciphers for them. Any thread may call.</summary>
/// <remarks>Libraries are loaded, and tested against known or second answers, once, at first use; a library that fails is not used.</remarks>
public static class TransportCiphers
{
    private const int NoncePrefixLength = 20;

    private static readonly ConcurrentDictionary<TransportEncryptionMode, PacketSealer> Sealers = new();
    private static readonly Lazy<ImmutableArray<ModeAvailability>> Modes = new(() => [.. TransportEncryptionModes.All.Select(Describe)]);

    /// <summary>Says of every mode, in the order in which modes are offered, whether it works here and on what.</summary>
    public static IReadOnlyList<ModeAvailability> Probe() => Modes.Value;

    /// <summary>Tells whether ciphers for a mode can be made.</summary>
    public static bool IsAvailable(TransportEncryptionMode mode) => BackendOf(mode).IsUsable;

    /// <summary>Makes a cipher for one session.</summary>
    /// <param name="mode">A mode that <see cref="Probe"/> calls available.</param>
    /// <param name="key">32 bytes; copied.</param>
    /// <exception cref="NotSupportedException">The mode is not available.</exception>
    public static TransportCipher Create(TransportEncryptionMode mode, ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, TransportCipher.KeyLength, nameof(key));
        var backend = BackendOf(mode);
        return backend.IsUsable
            ? new PacketCipher(SealerFor(mode), backend.Create(key))
            : throw new NotSupportedException($"{mode.ToWireName()} is not available: {backend.Reason}.");
    }

    // Whoever seals under two keys may begin 24-byte nonces alike.
    private static PacketSealer SealerFor(TransportEncryptionMode mode) => Sealers.GetOrAdd(
        mode, static mode => new PacketSealer(mode, BackendOf(mode).Cipher, RandomNumberGenerator.GetBytes(NoncePrefixLength)));

    private static CipherBackend BackendOf(TransportEncryptionMode mode) => mode switch
    {
        TransportEncryptionMode.AeadAes256GcmRtpSize or TransportEncryptionMode.AeadAes256Gcm => CipherBackends.AesGcm,
        TransportEncryptionMode.AeadXChaCha20Poly1305RtpSize => CipherBackends.XChaCha20Poly1305,
        _ => CipherBackends.SecretBox,
    };

    private static ModeAvailability Describe(TransportEncryptionMode mode)
    {
        var backend = BackendOf(mode);
        return new ModeAvailability(mode, backend.IsUsable, backend.IsUsable ? backend.Name : string.Empty, backend.Reason);
    }
}
