using System.Net;
using System.Net.Http.Headers;
using VoiceCluster.Client.Metrics;
using VoiceCluster.Client.Sockets;

namespace VoiceCluster.LoadGen.Nodes;

/// <summary>Reads the metrics of a node from its admin port.</summary>
internal sealed class NodeMetrics : IDisposable
{
    private readonly HttpClient _http;
    private readonly Uri _metrics;
    private readonly Uri _collect;

    /// <summary>
    /// 
    /// </summary>
    /// <param name="admin">The admin port's address.</param>
    /// <param name="tokenFile">The file that holds the admin token.</param>
    /// <exception cref="ConnectFailedException">The file cannot be read.</exception>
    public NodeMetrics(Uri admin, string tokenFile)
    {
        _metrics = new Uri(admin, "/metrics");
        _collect = new Uri(admin, "/api/node/collect");
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Deadline.Default };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ReadToken(tokenFile));
    }

    /// <summary>Lets the node collect its garbage, so that the size of its heap is what is in use, and reads the page.</summary>
    /// <exception cref="ClientException">The node does not answer, or refuses.</exception>
    public async Task<MetricsText> ReadAsync(CancellationToken cancellation)
    {
        using var collected = await SendAsync(HttpMethod.Post, _collect, cancellation);
        return await ReadAsItIsAsync(cancellation);
    }

    /// <summary>Reads the page.</summary>
    /// <exception cref="ClientException">The node does not answer, or refuses.</exception>
    public async Task<MetricsText> ReadAsItIsAsync(CancellationToken cancellation)
    {
        using var page = await SendAsync(HttpMethod.Get, _metrics, cancellation);
        return MetricsText.Parse(await page.Content.ReadAsStringAsync(cancellation));
    }

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri url, CancellationToken cancellation)
    {
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
