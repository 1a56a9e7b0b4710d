using System.CommandLine;
using VoiceCluster.Client.Lvsp;
using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Nodes;

namespace VoiceCluster.LoadGen.Commands;

/// <summary>The options by which a command connects as a backend.</summary>
internal sealed class LvspOptions
{
    /// <summary>The environment variable that keeps the secret off the command line.</summary>
    public const string SecretVariable = "VOICECTL_SECRET";

    private readonly Option<Uri> _url = CommandOptions.Url("--url", "The node's LVSP address.", "ws://127.0.0.1:8080/lvsp");

    private readonly Option<string?> _secret = new("--secret")
    {
        Description = $"The secret shared with the node; the environment variable {SecretVariable} keeps it off the command line. [default: {NodeAddress.DevelopmentSecret}]",
        HelpName = "secret",
    };

    private readonly Option<bool> _insecure = new("--insecure") { Description = "Accept any TLS certificate. On this machine's own addresses any is accepted anyway." };

    /// <summary>The secret where none was given on the command line.</summary>
    public static string Secret => Environment.GetEnvironmentVariable(SecretVariable) ?? NodeAddress.DevelopmentSecret;

    /// <summary>Gives a command the options.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _url, _secret, _insecure })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Where the backend connects.</summary>
    public Uri Url(ParseResult parsed) => parsed.GetRequiredValue(_url);

    /// <summary>Which certificates are accepted, there and where users connect.</summary>
    public TlsTrust Trust(ParseResult parsed) => parsed.GetValue(_insecure) ? TlsTrust.Anything : TlsTrust.MachineAndLoopback;

    /// <summary>How the backend connects.</summary>
    /// <param name="parsed">What was given.</param>
    /// <param name="name">What it is called in messages.</param>
    public LvspClientOptions From(ParseResult parsed, string name) => new()
    {
        Url = Url(parsed),
        Secret = parsed.GetValue(_secret) ?? Secret,
        Trust = Trust(parsed),
        Name = name,
    };
}
