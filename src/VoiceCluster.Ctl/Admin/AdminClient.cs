using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using VoiceCluster.Client.Admin;

namespace VoiceCluster.Ctl.Admin;

/// <summary>Speaks to the admin port of a node.</summary>
internal sealed class AdminClient : IDisposable
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(15);

    private readonly HttpClient _http;
    private readonly Queue<string> _tokens;

    /// <summary>Asks nothing yet.</summary>
    /// <param name="url">Where the admin port is.</param>
    /// <param name="tokens">At least one; the next is tried when the node refuses one.</param>
    public AdminClient(Uri url, IEnumerable<string> tokens)
    {
        _http = new HttpClient { BaseAddress = url, Timeout = AnswerLimit };
        _tokens = new Queue<string>(tokens);
    }

    /// <summary>Begins to empty a node, or sets another deadline.</summary>
    public Task<DrainProgress> DrainAsync(string node, string deadline, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Post, $"{PathOf(node)}?deadline={Uri.EscapeDataString(deadline)}", DrainProgress.Parse, cancellation);

    /// <summary>How far a node is.</summary>
    public Task<DrainProgress> ProgressAsync(string node, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Get, PathOf(node), DrainProgress.Parse, cancellation);

    /// <summary>Lets a node serve as before.</summary>
    public Task<DrainProgress> UndrainAsync(string node, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Delete, PathOf(node), DrainProgress.Parse, cancellation);

    /// <summary>What the node that is spoken to says of itself and its links.</summary>
    public Task<NodeStatus> StatusAsync(CancellationToken cancellation) => SendAsync(HttpMethod.Get, "/api/node", NodeStatus.Parse, cancellation);

    public void Dispose() => _http.Dispose();

    private static string PathOf(string node) => $"/api/nodes/{Uri.EscapeDataString(node)}/drain";

    /// <exception cref="AdminException">The node cannot be reached, or refuses.</exception>
    private async Task<T> SendAsync<T>(HttpMethod method, string path, Func<string, T> parse, CancellationToken cancellation)
    {
        try
        {
            using var response = await AskAsync(method, path, cancellation);
            var text = await response.Content.ReadAsStringAsync(cancellation);
            return response.IsSuccessStatusCode ? parse(text) : throw new AdminException(Describe(response, text));
        }
        catch (Exception error) when (error is HttpRequestException or JsonException or TaskCanceledException && !cancellation.IsCancellationRequested)
        {
            throw new AdminException($"{_http.BaseAddress}: {error.Message}");
        }
    }

    private async Task<HttpResponseMessage> AskAsync(HttpMethod method, string path, CancellationToken cancellation)
    {
        while (true)
        {
            using var request = new HttpRequestMessage(method, path);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _tokens.Peek());
            var response = await _http.SendAsync(request, cancellation);
            if (response.StatusCode != HttpStatusCode.Unauthorized || _tokens.Count == 1)
            {
                return response;
            }

            response.Dispose();
            _tokens.Dequeue();
        }
    }

    private static string Describe(HttpResponseMessage response, string text)
    {
        if (response.Content.Headers.ContentType?.MediaType == "application/json")
        {
            using var json = JsonDocument.Parse(text);
            if (json.RootElement.TryGetProperty("error", out var problem))
            {
                return problem.ToString();
            }
        }

        return response.StatusCode == HttpStatusCode.Unauthorized ? "The admin token is wrong." : $"The node answered {(int)response.StatusCode}.";
    }
}

/// <summary>How far a node is with being emptied.</summary>
internal readonly record struct DrainProgress(bool IsDraining, int Users, int Shards, int Moved, double SecondsLeft)
{
    /// <summary>Whether nothing is left.</summary>
    public bool IsEmpty => Users == 0 && Shards == 0;

    public static DrainProgress Parse(string text)
    {
        using var json = JsonDocument.Parse(text);
        var report = json.RootElement;
        return new DrainProgress(
            report.GetProperty("draining").GetBoolean(),
            report.GetProperty("users").GetInt32(),
            report.GetProperty("shards").GetInt32(),
            report.GetProperty("moved").GetInt32(),
            report.GetProperty("seconds_left").GetDouble());
    }
}

/// <summary>What an operator asked for could not be done; the message says why.</summary>
internal sealed class AdminException(string message) : Exception(message);
