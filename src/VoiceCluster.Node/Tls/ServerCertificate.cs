using System.Diagnostics.Metrics;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace VoiceCluster.Node.Tls;

/// <summary>The certificate that new TLS connections get. Reads its files again while the node runs, so that a renewal needs no restart.</summary>
/// <remarks>Files that do not fit each other (a renewal in progress) are left alone: the last good pair stays in use.</remarks>
public sealed partial class ServerCertificate : IDisposable
{
    /// <summary>Renewals come days before the old certificate ends; a minute is soon enough, and costs two small reads.</summary>
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    private readonly string _certificatePath;
    private readonly string _keyPath;
    private readonly TimeProvider _time;
    private readonly ILogger<ServerCertificate> _logger;
    private readonly ITimer _timer;
    private Loaded _current;

    /// <summary>Reads the files.</summary>
    /// <exception cref="CertificateException">The files cannot be read or do not fit each other.</exception>
    public ServerCertificate(string certificatePath, string keyPath, TimeProvider time, IMeterFactory meters, ILogger<ServerCertificate> logger)
    {
        (_certificatePath, _keyPath, _time, _logger) = (certificatePath, keyPath, time, logger);
        _current = Load(certificatePath, keyPath);
        meters.Create("VoiceCluster.Node").CreateObservableGauge(
            "voicecluster.tls.certificate.time_left", () => (NotAfter - _time.GetUtcNow()).TotalSeconds, "s", "Time until the TLS certificate runs out.");
        _timer = time.CreateTimer(_ => Reload(), null, CheckInterval, CheckInterval);
    }

    /// <summary>The certificate in use.</summary>
    public X509Certificate2 Current => Volatile.Read(ref _current).Context.TargetCertificate;

    /// <summary>When it runs out.</summary>
    public DateTimeOffset NotAfter => new(Current.NotAfter.ToUniversalTime(), TimeSpan.Zero);

    /// <summary>What Kestrel asks for each handshake.</summary>
    internal TlsHandshakeCallbackOptions HandshakeOptions => new()
    {
        HandshakeTimeout = HandshakeTimeout,
        OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
        {
            ServerCertificateContext = Volatile.Read(ref _current).Context,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
        }),
    };

    /// <summary>Reasons for which clients would refuse the certificate.</summary>
    /// <param name="host">The name that clients are told; null when they are told localhost.</param>
    public IEnumerable<string> FindProblems(string? host)
    {
        if (NotAfter <= _time.GetUtcNow())
        {
            yield return $"the TLS certificate ran out on {NotAfter:u}, so clients refuse it. Fix: renew it; the node picks the new files up by itself.";
        }
        if (host is not null && !Current.MatchesHostname(host))
        {
            yield return $"the TLS certificate does not cover {host}, which clients are told (Voice:PublicEndpoint), so they refuse it unless a proxy " +
                "with another certificate stands in front. Fix: use a certificate for that name.";
        }
    }

    /// <summary>Reads the files again now, if they changed.</summary>
    /// <returns>True when a new certificate is in use.</returns>
    public bool Reload()
    {
        try
        {
            if (Fingerprint(_certificatePath, _keyPath).SequenceEqual(Volatile.Read(ref _current).Fingerprint))
            {
                return false;
            }
            // Connections that are being set up may still use the old one, so it is left to the garbage collector.
            Volatile.Write(ref _current, Load(_certificatePath, _keyPath));
            Log.Reloaded(_logger, NotAfter);
            return true;
        }
        catch (Exception error) when (error is CertificateException or IOException or UnauthorizedAccessException)
        {
            Log.ReloadFailed(_logger, error.Message);
            return false;
        }
    }

    public void Dispose() => _timer.Dispose();

    private static Loaded Load(string certificatePath, string keyPath)
    {
        try
        {
            var fingerprint = Fingerprint(certificatePath, keyPath);
            var leaf = X509Certificate2.CreateFromPemFile(certificatePath, keyPath);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(certificatePath);
            return new Loaded(SslStreamCertificateContext.Create(leaf, chain, offline: true), fingerprint);
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new CertificateException($"{certificatePath} and {keyPath} are no usable pair of PEM files: {error.Message}", error);
        }
    }

    private static byte[] Fingerprint(string certificatePath, string keyPath)
    {
        var both = File.ReadAllText(certificatePath) + "\0" + File.ReadAllText(keyPath);
        return SHA256.HashData(Encoding.UTF8.GetBytes(both));
    }

    private sealed record Loaded(SslStreamCertificateContext Context, byte[] Fingerprint);

    private static partial class Log
    {
        [LoggerMessage(1201, LogLevel.Information, "TLS certificate read again; it is valid until {NotAfter:u}")]
        public static partial void Reloaded(ILogger logger, DateTimeOffset notAfter);

        [LoggerMessage(1202, LogLevel.Warning, "TLS certificate not read again, the old one stays in use: {Reason}")]
        public static partial void ReloadFailed(ILogger logger, string reason);
    }
}

/// <summary>The certificate or key file is missing, damaged, or they do not belong together.</summary>
public sealed class CertificateException(string message, Exception inner) : Exception(message, inner);
