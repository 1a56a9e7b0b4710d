using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Gateways.NodeLinks;

/// <summary>Finds where a node takes links. Called often: answers come from memory.</summary>
public interface INodeAddresses
{
    /// <summary>The node's address and port; null for a node that nobody knows.</summary>
    NodeLinkAddress? Find(NodeId node);
}

/// <summary>Where a node takes links.</summary>
public sealed record NodeLinkAddress(string Host, int Port);

/// <summary>TLS between nodes, with a certification authority of the cluster's own.</summary>
/// <param name="Certificate">This node's certificate with its key; shown when dialing too.</param>
/// <param name="Authority">Whose certificates are believed; none other.</param>
public sealed record NodeLinkTls(X509Certificate2 Certificate, X509Certificate2Collection Authority)
{
    /// <summary>For the listener: a peer without such a certificate is refused before it can say anything.</summary>
    public HttpsConnectionAdapterOptions ServerOptions => new()
    {
        ServerCertificate = Certificate,
        ClientCertificateMode = ClientCertificateMode.RequireCertificate,
        ClientCertificateValidation = (certificate, _, _) => Accepts(certificate),
    };

    /// <summary>Reads the three files.</summary>
    /// <exception cref="CryptographicException">One of them is no such file, or key and certificate do not belong together.</exception>
    public static NodeLinkTls Load(string certificatePath, string keyPath, string authorityPath)
    {
        using var pem = X509Certificate2.CreateFromPemFile(certificatePath, keyPath);
        var authority = new X509Certificate2Collection();
        authority.ImportFromPemFile(authorityPath);

        // TLS takes no certificate whose key only lives in memory on some systems.
        return new NodeLinkTls(X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null), authority);
    }

    // The generated text would describe the certificate with its key.
    public override string ToString() => Certificate.Subject;

    /// <summary>Whether a certificate was issued by the cluster's authority and is valid now. Names do not count: the link's own proof says who it is.</summary>
    public bool Accepts(X509Certificate? presented)
    {
        if (presented is not X509Certificate2 certificate)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(Authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        return chain.Build(certificate);
    }
}
