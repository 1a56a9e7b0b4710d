using VoiceCluster.Crypto.Native;

namespace VoiceCluster.Crypto.Ciphers;

/// <summary>The backends of this process, each loaded and tested on first use.</summary>
internal static class CipherBackends
{
    private static readonly Lazy<CipherBackend> LazyIpsecMb = new(LoadIpsecMb);
    private static readonly Lazy<CipherBackend> LazyOpenSsl = new(LoadOpenSsl);
    private static readonly Lazy<CipherBackend> LazyAesGcm = new(ChooseAesGcm);
    private static readonly Lazy<(CipherBackend XChaCha, CipherBackend SecretBox)> LazySodium = new(LoadSodium);

    /// <summary>AES-256-GCM of intel-ipsec-mb.</summary>
    public static CipherBackend IpsecMbAesGcm => LazyIpsecMb.Value;

    /// <summary>AES-256-GCM of libcrypto.</summary>
    public static CipherBackend OpenSslAesGcm => LazyOpenSsl.Value;

    /// <summary>AES-256-GCM of the base library.</summary>
    public static CipherBackend BaseLibraryAesGcm { get; } =
        CipherBackend.Usable(".NET", new BaseLibraryAesGcm());

    /// <summary>The best AES-256-GCM there is.</summary>
    public static CipherBackend AesGcm => LazyAesGcm.Value;

    /// <summary>XChaCha20-Poly1305.</summary>
    public static CipherBackend XChaCha20Poly1305 => LazySodium.Value.XChaCha;

    /// <summary>XSalsa20-Poly1305.</summary>
    public static CipherBackend SecretBox => LazySodium.Value.SecretBox;

    private static CipherBackend ChooseAesGcm()
    {
        if (IpsecMbAesGcm.IsUsable)
        {
            return IpsecMbAesGcm;
        }

        return OpenSslAesGcm.IsUsable
            ? OpenSslAesGcm.Because(IpsecMbAesGcm.Reason)
            : BaseLibraryAesGcm.Because($"{IpsecMbAesGcm.Reason}; {OpenSslAesGcm.Reason}");
    }

    private static CipherBackend LoadIpsecMb()
    {
        const string Name = "intel-ipsec-mb";
        return IpsecMb.TryLoad(out var ipsecMb, out var reason)
            ? Tested(CipherBackend.Usable(Name, new IpsecMbAesGcm(ipsecMb)))
            : CipherBackend.Unusable(Name, reason);
    }

    private static CipherBackend LoadOpenSsl()
    {
        const string Name = "libcrypto";
        return OpenSsl.TryLoad(out var openSsl, out var reason)
            ? Tested(CipherBackend.Usable(Name, new OpenSslAesGcm(openSsl)))
            : CipherBackend.Unusable(Name, reason);
    }

    private static (CipherBackend XChaCha, CipherBackend SecretBox) LoadSodium()
    {
        const string Name = "libsodium";
        if (!Sodium.TryLoad(out var sodium, out var reason))
        {
            return (CipherBackend.Unusable(Name, reason), CipherBackend.Unusable(Name, reason));
        }

        var xChaCha = CipherBackend.Usable(Name, new SodiumXChaCha20Poly1305(sodium));
        var secretBox = CipherBackend.Usable(Name, new SodiumSecretBox(sodium));
        return (
            SelfTest.Knows(xChaCha, KnownAnswer.XChaCha20Poly1305) ? xChaCha : Failed(Name),
            SelfTest.Knows(secretBox, KnownAnswer.SecretBox) ? secretBox : Failed(Name));
    }

    private static CipherBackend Tested(CipherBackend aesGcm) =>
        SelfTest.Agree(aesGcm, BaseLibraryAesGcm) ? aesGcm : Failed(aesGcm.Name);

    private static CipherBackend Failed(string name) => CipherBackend.Unusable(name, $"{name} failed its self-test");
}
