using VoiceCluster.Client.Sockets;

namespace VoiceCluster.Client.Voice;

/// <summary>Turns the endpoint that a server hands out into the URL that a client dials.</summary>
public static class VoiceUrl
{
    /// <summary>Clients always dial TLS; only an endpoint that is the plain LVSP address itself is dialled plain.</summary>
    /// <param name="endpoint"><c>host[:port]</c>, without scheme and path.</param>
    /// <param name="lvspUrl">Where the backend is connected.</param>
    /// <exception cref="UnexpectedAnswerException">The endpoint is no host and port.</exception>
    public static Uri From(string endpoint, Uri lvspUrl)
    {
        var scheme = lvspUrl.Scheme == Uri.UriSchemeWs && endpoint == lvspUrl.Authority ? Uri.UriSchemeWs : Uri.UriSchemeWss;
        return Uri.TryCreate($"{scheme}://{endpoint}/", UriKind.Absolute, out var url) && url.PathAndQuery == "/" && endpoint.Length > 0
            ? url
            : throw new UnexpectedAnswerException($"The server handed out the endpoint '{endpoint}', which is no host and port.");
    }
}
