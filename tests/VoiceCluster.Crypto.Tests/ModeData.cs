using System.Reflection;
using VoiceCluster.Crypto.Ciphers;
using VoiceCluster.Protocol.Primitives;
using Xunit.Sdk;

namespace VoiceCluster.Crypto.Tests;

/// <summary>The AES-GCM modes, which work everywhere.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AesGcmModesAttribute : DataAttribute
{
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
    [
        [TransportEncryptionMode.AeadAes256GcmRtpSize],
        [TransportEncryptionMode.AeadAes256Gcm],
    ];
}

/// <summary>The modes that need libsodium; skipped with the reason where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SodiumModesAttribute : DataAttribute
{
    public SodiumModesAttribute() => Skip = CipherBackends.SecretBox.Reason ?? CipherBackends.XChaCha20Poly1305.Reason!;

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        TransportEncryptionModes.All
            .Where(mode => mode is not (TransportEncryptionMode.AeadAes256GcmRtpSize or TransportEncryptionMode.AeadAes256Gcm))
            .Select(mode => new object[] { mode });
}

/// <summary>A test that needs libcrypto 3; skipped with the reason where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OpenSslFactAttribute : FactAttribute
{
    public OpenSslFactAttribute() => Skip = CipherBackends.OpenSslAesGcm.Reason!;
}

/// <summary>A test that needs libsodium; skipped with the reason where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SodiumFactAttribute : FactAttribute
{
    public SodiumFactAttribute() => Skip = CipherBackends.SecretBox.Reason!;
}

/// <summary>A test that needs intel-ipsec-mb; skipped with the reason where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class IpsecMbFactAttribute : FactAttribute
{
    public IpsecMbFactAttribute() => Skip = CipherBackends.IpsecMbAesGcm.Reason!;
}
