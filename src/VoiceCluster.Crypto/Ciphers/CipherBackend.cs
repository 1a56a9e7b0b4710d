namespace VoiceCluster.Crypto.Ciphers;

/// <summary>A cipher out of one library, or why there is none.</summary>
internal sealed class CipherBackend
{
    private readonly AuthenticatedCipher? _cipher;

    private CipherBackend(string name, AuthenticatedCipher? cipher, string? reason)
    {
        Name = name;
        Reason = reason;
        _cipher = cipher;
    }

    /// <summary>The library, as the start-up log names it.</summary>
    public string Name { get; }

    /// <summary>Why it cannot be used, or what is missing for a better one.</summary>
    public string? Reason { get; }

    /// <summary>Whether there is a <see cref="Cipher"/>.</summary>
    public bool IsUsable => _cipher is not null;

    /// <summary>A backend whose self-test passed.</summary>
    public static CipherBackend Usable(string name, AuthenticatedCipher cipher) => new(name, cipher, reason: null);

    /// <summary>A backend that is missing or wrong.</summary>
    public static CipherBackend Unusable(string name, string reason) => new(name, cipher: null, reason);

    /// <summary>The same backend, with a remark on why it stands in for a better one.</summary>
    public CipherBackend Because(string? reason) => new(Name, _cipher, reason);

    /// <summary>The cipher, which all sessions share.</summary>
    public AuthenticatedCipher Cipher => _cipher ?? throw new NotSupportedException($"{Name}: {Reason}.");

    /// <summary>Gives the cipher a key, which is copied.</summary>
    public KeyedCipher Create(ReadOnlySpan<byte> key) => new(Cipher, Cipher.CreateKey(key));
}
