using VoiceCluster.Crypto.Ciphers;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Crypto.Tests;

public sealed class TransportCiphersTests
{
    [Fact]
    public void Probe_Always_NamesEveryModeInOrderOfOffer() =>
        TransportCiphers.Probe().Select(mode => mode.Mode).ShouldBe(TransportEncryptionModes.All);

    [Fact]
    public void Probe_Always_OffersAesGcm() =>
        TransportCiphers.Probe()[0].IsAvailable.ShouldBeTrue();

    [Fact]
    public void Probe_ModeThatIsOff_SaysWhy()
    {
        foreach (var mode in TransportCiphers.Probe())
        {
            (mode.IsAvailable || mode.Reason is not null).ShouldBeTrue();
            string.IsNullOrEmpty(mode.Backend).ShouldBe(!mode.IsAvailable);
        }
    }

    [SodiumFact]
    public void Probe_LibrariesInstalled_EverySelfTestPasses() =>
        TransportCiphers.Probe().ShouldAllBe(mode => mode.IsAvailable);

    [OpenSslFact]
    public void Probe_OpenSslInstalled_UsesItOrABetterOne() =>
        TransportCiphers.Probe()[0].Backend.ShouldNotBe(CipherBackends.BaseLibraryAesGcm.Name);

    [Theory, AesGcmModes, SodiumModes]
    public void Create_AvailableMode_GivesACipherOfThatMode(TransportEncryptionMode mode)
    {
        using var cipher = TransportCiphers.Create(mode, new byte[32]);

        cipher.Mode.ShouldBe(mode);
        cipher.Overhead.ShouldBeInRange(TransportCipher.TagLength, TransportCipher.MaximumOverhead);
        cipher.CanSealRtcp.ShouldBe(mode != TransportEncryptionMode.XSalsa20Poly1305);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public void Create_KeyOfAnotherLength_Throws(int length) =>
        Should.Throw<ArgumentOutOfRangeException>(() => TransportCiphers.Create(TransportEncryptionMode.AeadAes256GcmRtpSize, new byte[length]));

    [Theory, AesGcmModes, SodiumModes]
    public void Dispose_ThenUse_Throws(TransportEncryptionMode mode)
    {
        var cipher = TransportCiphers.Create(mode, new byte[32]);
        cipher.Dispose();
        cipher.Dispose();

        Should.Throw<ObjectDisposedException>(() => cipher.OpenRtp(new byte[100], out _));
        Should.Throw<ObjectDisposedException>(() => cipher.SealRtp(new byte[12], new byte[3], 1, new byte[100]));
    }
}
