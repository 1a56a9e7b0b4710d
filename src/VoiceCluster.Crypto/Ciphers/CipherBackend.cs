namespace VoiceCluster.Crypto.Ciphers;

/// <summary>Makes ciphers of one kind out of one library.</summary>
internal sealed class CipherBackend
{
    private readonly Factory? _factory;

    private CipherBackend(string name, Factory? factory, string? reason)
    {
        Name = name;
        Reason = reason;
        _factory = factory;
    }

    /// <summary>Makes a cipher from a 32-byte key.</summary>
    public delegate AuthenticatedCipher Factory(ReadOnlySpan<byte> key);

    /// <summary>The library, as the start-up log names it.</summary>
    public string Name { get; }

    /// <summary>Why it cannot be used, or what is missing for a better one.</summary>
    public string? Reason { get; }

    /// <summary>Whether <see cref="Create"/> works.</summary>
    public bool IsUsable => _factory is not null;

    /// <summary>A backend whose self-test passed.</summary>
    public static CipherBackend Usable(string name, Factory factory) => new(name, factory, reason: null);

    /// <summary>A backend that is missing or wrong.</summary>
    public static CipherBackend Unusable(string name, string reason) => new(name, factory: null, reason);

    /// <summary>The same backend, with a remark on why it stands in for a better one.</summary>
    public CipherBackend Because(string? reason) => new(Name, _factory, reason);

    /// <summary>Makes a cipher. The key is copied.</summary>
    public AuthenticatedCipher Create(ReadOnlySpan<byte> key) =>
        _factory is null ? throw new NotSupportedException($"{Name}: {Reason}.") : _factory(key);
}
