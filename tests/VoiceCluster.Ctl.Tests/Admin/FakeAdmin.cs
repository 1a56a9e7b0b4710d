using System.Net;
using System.Text;
using VoiceCluster.TestKit.Sockets;

namespace VoiceCluster.Ctl.Tests.Admin;

/// <summary>An admin port that answers what its test says.</summary>
internal sealed class FakeAdmin : IDisposable
{
    private readonly HttpListener _admin = new();
    private readonly List<string> _requests = [];

    public FakeAdmin()
    {
        _admin.Prefixes.Add(Url.AbsoluteUri);
        _admin.Start();
    }

    public Uri Url { get; } = new($"http://127.0.0.1:{FreePort.Take()}/");

    /// <summary>What was asked: method, path, authorization.</summary>
    public IReadOnlyList<string> Requests => _requests;

    public void Dispose() => ((IDisposable)_admin).Dispose();

    /// <summary>Runs a command line of <c>voicectl</c>.</summary>
    public static Task<int> RunAsync(string line) => VoiceCtl.Create().Parse(line).InvokeAsync();

    public async Task AnswerAsync(params (int Status, string Body)[] answers)
    {
        foreach (var (status, body) in answers)
        {
            var context = await _admin.GetContextAsync();
            _requests.Add($"{context.Request.HttpMethod} {context.Request.RawUrl} {context.Request.Headers["Authorization"]}");
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json";
            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
            context.Response.Close();
        }
    }
}
