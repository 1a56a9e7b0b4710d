using VoiceCluster.Node.Configuration;
using VoiceCluster.Node.Tls;

namespace VoiceCluster.Node.Startup;

/// <summary>What a development node makes for itself at first start and keeps: certificate and admin token.</summary>
internal static class DevelopmentState
{
    public const string AdminTokenFile = "admin-token";

    /// <summary>Fills in what is not configured.</summary>
    /// <exception cref="IOException">The state directory cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The same, for lack of rights.</exception>
    public static NodeOptions Complete(NodeOptions options, DateTimeOffset now)
    {
        var state = new StateDirectory(options.Node.StateDirectory);
        var admin = options.Admin.Token is not null ? options.Admin : options.Admin with { Token = state.ReadOrCreateSecret(AdminTokenFile) };
        var https = options.Https;
        if (https is { CertificatePath: null, KeyPath: null })
        {
            DevCertificate.Ensure(state, options.Voice.PublicEndpoint?.Host, now);
            https = https with { CertificatePath = state.FileName(DevCertificate.CertificateFile), KeyPath = state.FileName(DevCertificate.KeyFile) };
        }
        return options with { Admin = admin, Https = https };
    }
}
