using System.Net.Http.Headers;
using System.Text.Json;

namespace VoiceCluster.EndToEnd.Tests.Support;

/// <summary>The admin port of a node, as one who has its token reaches it.</summary>
/// <param name="address">Where it is.</param>
/// <param name="token">What opens it.</param>
internal sealed class AdminPort(Uri address, string token)
{
    /// <summary>What it says at <c>/metrics</c>.</summary>
    /// <exception cref="HttpRequestException">It does not answer, or refuses.</exception>
    public Task<string> MetricsAsync() => SendAsync(HttpMethod.Get, "metrics");

    /// <summary>Asks for something that it answers with JSON.</summary>
    /// <exception cref="HttpRequestException">It does not answer, or refuses.</exception>
    public async Task<JsonElement> AskAsync(HttpMethod method, string path) => JsonDocument.Parse(await SendAsync(method, path)).RootElement;

    private async Task<string> SendAsync(HttpMethod method, string path)
    {
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var request = new HttpRequestMessage(method, new Uri(address, path));
        using var response = await client.SendAsync(request);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync();
    }
}
