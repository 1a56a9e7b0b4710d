using System.Diagnostics;
using System.Text.RegularExpressions;

namespace VoiceCluster.EndToEnd.Tests.Support;

/// <summary>A development node in a process of its own, which a test can kill.</summary>
internal sealed partial class SeparateNode : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _state = Directory.CreateTempSubdirectory("voicecluster-");
    private readonly Process _process;
    private readonly List<string> _output = [];

    private SeparateNode(Dictionary<string, string> settings)
    {
        var start = new ProcessStartInfo(Dotnet(), [Path.Combine(AppContext.BaseDirectory, "VoiceCluster.Node.dll"), "--dev"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        start.Environment["VOICECLUSTER__Http__Listen"] = "127.0.0.1:0";
        start.Environment["VOICECLUSTER__Https__Listen"] = "127.0.0.1:0";
        start.Environment["VOICECLUSTER__Admin__Listen"] = "127.0.0.1:0";
        start.Environment["VOICECLUSTER__Media__Listen"] = "127.0.0.1:0";
        start.Environment["VOICECLUSTER__Media__Workers"] = "1";
        start.Environment["VOICECLUSTER__Node__StateDirectory"] = _state.FullName;
        foreach (var (key, value) in settings)
        {
            start.Environment[$"VOICECLUSTER__{key.Replace(":", "__", StringComparison.Ordinal)}"] = value;
        }

        _process = Process.Start(start)!;
    }

    /// <summary>Where backends connect.</summary>
    public Uri Lvsp { get; private set; } = null!;

    /// <summary>Where voice clients connect, without TLS.</summary>
    public Uri Voice => new(Lvsp, "/");

    /// <summary>Where operators look.</summary>
    public Uri Admin { get; private set; } = null!;

    /// <summary>Its admin port, opened with the token that it made for itself.</summary>
    public AdminPort AdminPort => new(Admin, File.ReadAllText(Path.Combine(_state.FullName, "admin-token")).Trim());

    /// <summary>The file with the certificate that clients have to trust.</summary>
    public string CertificateFile => Path.Combine(_state.FullName, "dev-certificate.pem");

    /// <summary>The file with its private key.</summary>
    public string CertificateKeyFile => Path.Combine(_state.FullName, "dev-key.pem");

    /// <summary>All that it has printed.</summary>
    public string Output => string.Join('\n', _output);

    /// <summary>Starts a node and waits until it takes connections.</summary>
    public static async Task<SeparateNode> StartAsync(Dictionary<string, string> settings)
    {
        var node = new SeparateNode(settings);
        await node.WaitUntilReadyAsync().WaitAsync(Deadline);

        // A pipe that nobody empties would stop the node.
        _ = node._process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        _ = node._process.StandardError.BaseStream.CopyToAsync(Stream.Null);
        return node;
    }

    /// <summary>Starts a node that is expected not to, and waits for its end.</summary>
    /// <returns>What it said.</returns>
    public static async Task<string> FailAsync(Dictionary<string, string> settings)
    {
        await using var node = new SeparateNode(settings);
        var errors = await node._process.StandardError.ReadToEndAsync().WaitAsync(Deadline);
        await node._process.WaitForExitAsync().WaitAsync(Deadline);
        node._process.ExitCode.ShouldBe(1, errors);
        return errors;
    }

    /// <summary>Ends the process without a word.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(Deadline);
    }

    /// <summary>Tells the process to stop, and waits until it has.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await _process.WaitForExitAsync().WaitAsync(Deadline);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
        _state.Delete(recursive: true);
    }

    private async Task WaitUntilReadyAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            _output.Add(line);
            if (LvspUrl().Match(line) is { Success: true } match)
            {
                Lvsp = new Uri(match.Value);
            }

            if (AdminUrl().Match(line) is { Success: true } admin)
            {
                Admin = new Uri(admin.Groups["url"].Value);
            }

            if (line.StartsWith("ready:", StringComparison.Ordinal))
            {
                return;
            }
        }

        throw new InvalidOperationException(await _process.StandardError.ReadToEndAsync());
    }

    private static string Dotnet() => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";

    [GeneratedRegex(@"ws://\S+/lvsp", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LvspUrl();

    [GeneratedRegex(@"^\s*admin\s+(?<url>http://\S+/)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AdminUrl();
}
