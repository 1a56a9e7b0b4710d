using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace VoiceCluster.Node.Tls;

/// <summary>The self-signed certificate of a development node: made at first start, kept until it runs out.</summary>
internal static class DevCertificate
{
    public const string CertificateFile = "dev-certificate.pem";
    public const string KeyFile = "dev-key.pem";

    /// <summary>Made anew when less than this is left, so that no working day ends with it.</summary>
    private static readonly TimeSpan RenewBefore = TimeSpan.FromDays(7);

    /// <summary>Apple's platforms refuse certificates that are valid for longer than 825 days.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(365);

    /// <summary>Makes sure both files are there and usable.</summary>
    /// <param name="state">Where they are kept.</param>
    /// <param name="host">What clients are told, covered beside localhost if it is a loopback address: nodes of one machine have one each.</param>
    /// <param name="now">Now.</param>
    public static void Ensure(StateDirectory state, string? host, DateTimeOffset now)
    {
        var own = IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address) ? address : IPAddress.Loopback;
        if (!IsUsable(state, own, now))
        {
            Create(state, own, now);
        }
    }

    private static bool IsUsable(StateDirectory state, IPAddress own, DateTimeOffset now)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPemFile(state.FileName(CertificateFile), state.FileName(KeyFile));
            return certificate.MatchesHostname(own.ToString()) && certificate.NotAfter.ToUniversalTime() - now.UtcDateTime > RenewBefore;
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            // Missing or damaged: the same as not being there.
            return false;
        }
    }

    private static void Create(StateDirectory state, IPAddress own, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=VoiceCluster development", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        foreach (var address in new HashSet<IPAddress> { IPAddress.Loopback, IPAddress.IPv6Loopback, own })
        {
            names.AddIpAddress(address);
        }
        request.CertificateExtensions.Add(names.Build());
        // Not an authority: some verifiers (webpki) refuse an authority's certificate as a server's own.
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        using var certificate = request.CreateSelfSigned(now - TimeSpan.FromHours(1), now + Lifetime);
        state.Write(KeyFile, key.ExportPkcs8PrivateKeyPem() + "\n");
        state.Write(CertificateFile, certificate.ExportCertificatePem() + "\n");
    }
}
