using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using VoiceCluster.Client.Admin;
using VoiceCluster.Client.Metrics;
using VoiceCluster.Client.Sockets;

namespace VoiceCluster.LoadGen.Nodes;

/// <summary>Asks the admin port of a node.</summary>
internal sealed class NodeAdmin : IDisposable
{
    private readonly HttpClient _http;
    private readonly Uri _admin;

    /// <summary>Asks nothing yet.</summary>
    /// <param name="admin">The admin port's address.</param>
    /// <param name="tokenFile">The file that holds the admin token.</param>
    /// <exception cref="ConnectFailedException">The file cannot be read.</exception>
    public NodeAdmin(Uri admin, string tokenFile)
    {
        _admin = admin;
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Deadline.Default };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ReadToken(tokenFile));
    }

    /// <summary>Lets the node collect its garbage, so that the size of its heap is what is in use, and reads its metrics.</summary>
    /// <exception cref="ClientException">The node does not answer, or refuses.</exception>
    public async Task<MetricsText> ReadCollectedMetricsAsync(CancellationToken cancellation)
    {
        using var collected = await SendAsync(HttpMethod.Post, "/api/node/collect", cancellation);
        return await ReadMetricsAsync(cancellation);
    }

    /// <summary>Reads the node's metrics.</summary>
    /// <exception cref="ClientException">The node does not answer, or refuses.</exception>
    public Task<MetricsText> ReadMetricsAsync(CancellationToken cancellation) => ReadAsync("/metrics", MetricsText.Parse, cancellation);

    /// <summary>Reads what the node says of itself.</summary>
    /// <exception cref="ClientException">The node does not answer, refuses, or says something else.</exception>
    public Task<NodeStatus> ReadStatusAsync(CancellationToken cancellation) => ReadAsync("/api/node", NodeStatus.Parse, cancellation);

    /// <summary>Asks which node a guild belongs to.</summary>
    /// <exception cref="ClientException">The node does not answer, refuses, or says something else.</exception>
    public Task<GuildOwner> ReadOwnerAsync(string realm, ulong guild, CancellationToken cancellation) =>
        ReadAsync(FormattableString.Invariant($"/api/owners/{Uri.EscapeDataString(realm)}/{guild}"), GuildOwner.Parse, cancellation);

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();

    private async Task<T> ReadAsync<T>(string path, Func<string, T> parse, CancellationToken cancellation)
    {
        using var page = await SendAsync(HttpMethod.Get, path, cancellation);
        try
        {
            return parse(await page.Content.ReadAsStringAsync(cancellation));
        }
        catch (JsonException exception)
        {
            throw new UnexpectedAnswerException($"{_admin}: {exception.Message}");
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, CancellationToken cancellation)
    {
        var url = new Uri(_admin, path);
        try
        {
            using var request = new HttpRequestMessage(method, url);
            var response = await _http.SendAsync(request, cancellation);
            return response.StatusCode switch
            {
                HttpStatusCode.OK or HttpStatusCode.NoContent => response,
                HttpStatusCode.Unauthorized => throw new RefusedException($"{url} wants another admin token; name its file with --admin-token-file."),
                var status => throw new RefusedException($"{url} answered {(int)status}."),
            };
        }
        catch (HttpRequestException exception)
        {
            throw new ConnectFailedException($"{url} cannot be reached: {exception.Message}", exception);
        }
        catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new NoAnswerException($"{url} did not answer within {_http.Timeout.TotalSeconds:0} s.");
        }
    }

    private static string ReadToken(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ConnectFailedException($"The admin token cannot be read from {file}; name its file with --admin-token-file. ({exception.Message})", exception);
        }
    }
}
