using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace VoiceCluster.Client.Sockets;

/// <summary>Which server certificates a client accepts. One instance serves any number of connections.</summary>
public sealed class TlsTrust : IDisposable
{
    private readonly RemoteCertificateValidationCallback? _validate;
    private readonly Lazy<HttpMessageInvoker> _invoker;

    private TlsTrust(RemoteCertificateValidationCallback? validate)
    {
        _validate = validate;
        _invoker = new Lazy<HttpMessageInvoker>(CreateInvoker);
    }

    /// <summary>What the machine trusts.</summary>
    public static TlsTrust Machine { get; } = new(null);

    /// <summary>What the machine trusts, and any certificate of a server on this very machine, such as a development node.</summary>
    public static TlsTrust MachineAndLoopback { get; } = new(static (sender, _, _, errors) =>
        errors == SslPolicyErrors.None || (sender is SslStream { TargetHostName: var host } && IsLoopback(host)));

    /// <summary>Any certificate at all. For a development machine only.</summary>
#pragma warning disable CA5359 // Said by the name: a developer asked for no check.
    public static TlsTrust Anything { get; } = new(static (_, _, _, _) => true);
#pragma warning restore CA5359

    /// <summary>A certificate that is, or is signed by, the one given; the name must fit as usual.</summary>
    public static TlsTrust Only(X509Certificate2 certificate)
    {
        var roots = new X509Certificate2Collection(certificate);
        return new TlsTrust((_, presented, chain, errors) => IsSignedBy(roots, presented, chain, errors));
    }

    /// <summary>Reads the certificate to trust from a PEM file.</summary>
    /// <exception cref="ConnectFailedException">The file is not there or holds no certificate.</exception>
    public static TlsTrust OnlyFrom(string pemFile)
    {
        try
        {
            return Only(X509CertificateLoader.LoadCertificateFromFile(pemFile));
        }
        catch (Exception exception) when (exception is IOException or CryptographicException or UnauthorizedAccessException)
        {
            throw new ConnectFailedException($"The certificate to trust cannot be read from {pemFile}: {exception.Message}", exception);
        }
    }

    /// <summary>What opens connections under this trust; kept and disposed by it.</summary>
    internal HttpMessageInvoker Invoker => _invoker.Value;

    /// <inheritdoc />
    public void Dispose()
    {
        if (_invoker.IsValueCreated)
        {
            _invoker.Value.Dispose();
        }
    }

    private static bool IsLoopback(string host) => host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    private HttpMessageInvoker CreateInvoker()
    {
        var handler = new SocketsHttpHandler { UseProxy = false, UseCookies = false };
        if (_validate is not null)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = _validate;
        }

        return new HttpMessageInvoker(handler);
    }

    private static bool IsSignedBy(
        X509Certificate2Collection roots, X509Certificate? presented, X509Chain? machineChain, SslPolicyErrors errors)
    {
        if (presented is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ExtraStore.AddRange(machineChain?.ChainPolicy.ExtraStore ?? []);
        using var certificate = X509CertificateLoader.LoadCertificate(presented.GetRawCertData());
        return chain.Build(certificate);
    }
}
