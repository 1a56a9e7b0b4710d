using System.CommandLine;
using Spectre.Console;
using VoiceCluster.Ctl.Backend;

namespace VoiceCluster.Ctl.Admin;

/// <summary>The options by which a command reaches a node's admin port.</summary>
internal sealed class AdminOptions
{
    private const string TokenVariable = "VOICECTL_ADMIN_TOKEN";

    /// <summary>Where a node started by <c>./run.sh</c>, or the first one of <c>./run.sh --nodes</c>, keeps the token that it made for itself. Both may be there.</summary>
    private static readonly string[] DevelopmentTokens = ["var/admin-token", "var/node-1/admin-token"];

    private readonly Option<Uri> _url = new("--admin")
    {
        Description = "The admin port of any node of the cluster.",
        DefaultValueFactory = _ => new Uri("http://127.0.0.1:9090"),
        CustomParser = result => CommandLineUrl.Parse(result, Uri.UriSchemeHttp, Uri.UriSchemeHttps),
        HelpName = "url",
    };

    private readonly Option<string> _token = new("--token")
    {
        Description = $"That node's Admin:Token; the environment variable {TokenVariable} keeps it off the command line. [default: that of a development node]",
        HelpName = "token",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_url);
        command.Options.Add(_token);
    }

    /// <summary>Connects with what was given and runs a command; what keeps it from its end is printed.</summary>
    /// <param name="parsed">What was given.</param>
    /// <param name="stopped">What is said when it is interrupted.</param>
    /// <param name="run">Tells whether it did what was asked for.</param>
    /// <returns>The exit status.</returns>
    public async Task<int> RunAsync(ParseResult parsed, string stopped, Func<AdminClient, IAnsiConsole, Task<bool>> run)
    {
        var console = Terminal.Create();
        try
        {
            using var client = Client(parsed);
            return await run(client, console) ? VoiceCtl.Success : VoiceCtl.Failure;
        }
        catch (AdminException exception)
        {
            console.WriteLine(exception.Message);
        }
        catch (OperationCanceledException)
        {
            console.WriteLine(stopped);
        }

        return VoiceCtl.Failure;
    }

    private AdminClient Client(ParseResult parsed)
    {
        var url = parsed.GetRequiredValue(_url);
        var given = parsed.GetValue(_token) ?? Environment.GetEnvironmentVariable(TokenVariable);
        string[] tokens = given is not null ? [given] : url.IsLoopback ? ReadDevelopmentTokens() : [];
        return tokens.Length > 0
            ? new AdminClient(url, tokens)
            : throw new AdminException($"No admin token: give --token or {TokenVariable}.");
    }

    // For nodes of this machine only: no other host is shown a token that was not meant for it.
    private static string[] ReadDevelopmentTokens() => [.. DevelopmentTokens.Where(File.Exists).Select(file => File.ReadAllText(file).Trim())];
}
