using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using VoiceCluster.Client.Admin;
using VoiceCluster.Client.Metrics;
using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Native;

namespace VoiceCluster.LoadGen.Cluster;

/// <summary>One node of the cluster: a process that can be killed, frozen and started again under the same name.</summary>
internal sealed class LocalNode : IAsyncDisposable
{
    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    private readonly LocalNodeSettings _settings;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = AskLimit };
    private Process? _process;

    public LocalNode(LocalNodeSettings settings)
    {
        _settings = settings;
        Assembly = settings.Assembly;
        Directory.CreateDirectory(StateDirectory);
    }

    /// <summary>Which node, from 0.</summary>
    public int Index => _settings.Index;

    /// <summary>What it is called in the cluster.</summary>
    public string Name => $"node-{(Index + 1).ToString(CultureInfo.InvariantCulture)}";

    /// <summary>What the next process runs.</summary>
    public string Assembly { get; set; }

    /// <summary>Where backends and users connect.</summary>
    public IPEndPoint Public => new(_settings.Address, _settings.Ports.Http);

    /// <summary>Where users connect.</summary>
    public Uri VoiceUrl => new($"ws://{Public}/");

    /// <summary>Where backends connect.</summary>
    public Uri LvspUrl => new($"ws://{Public}/lvsp");

    /// <summary>What it has printed in all its lives.</summary>
    public string LogFile => Path.Combine(_settings.Directory, $"{Name}.log");

    /// <summary>The process; 0 when there is none.</summary>
    public int ProcessId => _process is { HasExited: false } process ? process.Id : 0;

    private string StateDirectory => Path.Combine(_settings.Directory, Name);

    private string ClockFile => Path.Combine(_settings.Directory, $"{Name}.clock");

    private Uri Admin => new($"http://{_settings.Address}:{_settings.Ports.Admin.ToString(CultureInfo.InvariantCulture)}/");

    /// <summary>Starts the process and returns at once.</summary>
    /// <param name="flags">Further settings of this life.</param>
    public void Start(params IEnumerable<string> flags)
    {
        _process?.Dispose();
        // The shell only redirects: the process that can be killed is the node itself.
        var start = new ProcessStartInfo("sh")
        {
            ArgumentList = { "-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1", "node", LogFile, Dotnet() },
            UseShellExecute = false,
            RedirectStandardInput = true,
            WorkingDirectory = Path.GetDirectoryName(Path.GetFullPath(Assembly)),
        };
        foreach (var argument in _settings.Flags(StateDirectory, Name).Concat(flags).Prepend(Path.GetFullPath(Assembly)))
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in _settings.Environment)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
    }

    /// <summary>Ends the process without a word.</summary>
    public void Kill()
    {
        if (ProcessId != 0)
        {
            _process!.Kill();
            _process.WaitForExit();
        }
    }

    /// <summary>Stops all its threads where they are.</summary>
    public void Freeze() => ProcessSignal.Send(ProcessId, ProcessSignal.Stop);

    /// <summary>Lets them go on.</summary>
    public void Continue() => ProcessSignal.Send(ProcessId, ProcessSignal.Continue);

    /// <summary>The flag of a life whose wall clock can be set wrong.</summary>
    public string ClockFlag => $"--test-clock={ClockFile}";

    /// <summary>Sets its wall clock wrong, if it was started with <see cref="ClockFlag"/>.</summary>
    public Task SetClockAsync(TimeSpan offset, CancellationToken cancellation) =>
        File.WriteAllTextAsync(ClockFile, offset.TotalSeconds.ToString(CultureInfo.InvariantCulture), cancellation);

    /// <summary>Asks the process to end, and waits until it has; one that does not is killed.</summary>
    /// <returns>False if it had to be killed.</returns>
    public async Task<bool> TerminateAsync(CancellationToken cancellation)
    {
        if (ProcessId == 0)
        {
            return true;
        }

        ProcessSignal.Send(ProcessId, ProcessSignal.Terminate);
        try
        {
            await _process!.WaitForExitAsync(cancellation).WaitAsync(EndLimit, cancellation);
            return true;
        }
        catch (TimeoutException)
        {
            Kill();
            return false;
        }
    }

    /// <summary>Whether it says that it works.</summary>
    public Task<bool> IsAliveAsync(CancellationToken cancellation) => AsksWellAsync("healthz", cancellation);

    /// <summary>Whether it says that it takes new work.</summary>
    public Task<bool> IsReadyAsync(CancellationToken cancellation) => AsksWellAsync("readyz", cancellation);

    /// <summary>Waits until it takes new work.</summary>
    /// <exception cref="NoAnswerException">It does not.</exception>
    public async Task WaitUntilReadyAsync(TimeSpan limit, CancellationToken cancellation)
    {
        for (var begun = Stopwatch.GetTimestamp(); !await IsReadyAsync(cancellation); await Task.Delay(Step, cancellation))
        {
            if (ProcessId == 0 || Stopwatch.GetElapsedTime(begun) > limit)
            {
                throw new NoAnswerException($"{Name} {(ProcessId == 0 ? "ended instead of taking work" : $"did not take work within {limit.TotalSeconds:0} s")}; it said: {LastWords()}");
            }
        }
    }

    /// <summary>What it says of itself; null when it does not answer.</summary>
    public async Task<NodeStatus?> ReadStatusAsync(CancellationToken cancellation) =>
        await GetAsync("api/node", cancellation) is { } text ? NodeStatus.Parse(text) : null;

    /// <summary>The states of its links to other nodes, by their names, as it tells them; null when it does not answer.</summary>
    public async Task<IReadOnlyDictionary<string, string>?> ReadLinksAsync(CancellationToken cancellation) =>
        (await ReadStatusAsync(cancellation))?.Links.ToDictionary(link => link.Peer, link => link.State, StringComparer.Ordinal);

    /// <summary>The release and commit that it says it is of; null when it does not answer.</summary>
    public async Task<string?> ReadVersionAsync(CancellationToken cancellation)
    {
        if (await GetAsync("api/node", cancellation) is not { } text)
        {
            return null;
        }

        using var json = JsonDocument.Parse(text);
        return json.RootElement.GetProperty("version").GetString();
    }

    /// <summary>Its metrics; null when it does not answer.</summary>
    public async Task<MetricsText?> ReadMetricsAsync(CancellationToken cancellation) =>
        await GetAsync("metrics", cancellation) is { } text ? MetricsText.Parse(text) : null;

    /// <summary>Its metrics after it has collected its garbage, so that the size of its heap is what is in use; null when it does not answer.</summary>
    public async Task<MetricsText?> ReadCollectedMetricsAsync(CancellationToken cancellation) =>
        await SendAsync(HttpMethod.Post, "api/node/collect", cancellation) == HttpStatusCode.NoContent ? await ReadMetricsAsync(cancellation) : null;

    /// <summary>Sends a request to its admin port.</summary>
    /// <returns>The status; null when it does not answer.</returns>
    public async Task<HttpStatusCode?> SendAsync(HttpMethod method, string path, CancellationToken cancellation)
    {
        using var response = await AskAsync(method, path, cancellation);
        return response?.StatusCode;
    }

    /// <summary>Reads a page of its admin port; null when it does not answer, or not with one.</summary>
    public async Task<string?> GetAsync(string path, CancellationToken cancellation)
    {
        using var response = await AskAsync(HttpMethod.Get, path, cancellation);
        return response is { IsSuccessStatusCode: true } ? await response.Content.ReadAsStringAsync(cancellation) : null;
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        Kill();
        _process?.Dispose();
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<bool> AsksWellAsync(string path, CancellationToken cancellation)
    {
        try
        {
            using var response = await _http.GetAsync(new Uri($"http://{Public}/{path}"), cancellation);
            return response.IsSuccessStatusCode;
        }
        catch (Exception exception) when (IsNoAnswer(exception, cancellation))
        {
            return false;
        }
    }

    private async Task<HttpResponseMessage?> AskAsync(HttpMethod method, string path, CancellationToken cancellation)
    {
        try
        {
            using var request = new HttpRequestMessage(method, new Uri(Admin, path));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _settings.AdminToken);
            return await _http.SendAsync(request, cancellation);
        }
        catch (Exception exception) when (IsNoAnswer(exception, cancellation))
        {
            return null;
        }
    }

    private static bool IsNoAnswer(Exception exception, CancellationToken cancellation) =>
        exception is HttpRequestException || (exception is OperationCanceledException && !cancellation.IsCancellationRequested);

    // A test's process may have been started by another program than the one that runs assemblies.
    private static string Dotnet() => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";

    private string LastWords() => File.Exists(LogFile) ? string.Join(" / ", File.ReadLines(LogFile).TakeLast(5)) : "nothing";
}
