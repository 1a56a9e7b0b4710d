using System.CommandLine;
using VoiceCluster.Client.Lvsp;
using VoiceCluster.Client.Sockets;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Ctl.Backend;

/// <summary>The options by which a command connects as a backend.</summary>
internal sealed class BackendOptions
{
    private const string SecretVariable = "VOICECTL_SECRET";
    private const string DevelopmentSecret = "dev-secret";

    private readonly Option<Uri> _url = new("--url")
    {
        Description = "The node's LVSP address.",
        DefaultValueFactory = _ => new Uri("ws://127.0.0.1:8080/lvsp"),
        CustomParser = result => CommandLineUrl.Parse(result, Uri.UriSchemeWs, Uri.UriSchemeWss),
        HelpName = "url",
    };

    private readonly Option<string> _secret = new("--secret")
    {
        Description = $"The secret shared with the node; the environment variable {SecretVariable} keeps it off the command line. [default: {DevelopmentSecret}]",
        HelpName = "secret",
    };

    private readonly Option<string> _form = new("--form")
    {
        Description = "How requests are written.",
        DefaultValueFactory = _ => "litecord",
    };

    private readonly Option<bool> _insecure = new("--insecure")
    {
        Description = "Accept any TLS certificate. On this machine's own addresses any is accepted anyway.",
    };

    private readonly Option<string> _ca = new("--ca")
    {
        Description = "Accept only TLS certificates that are, or are signed by, the one in this PEM file.",
        HelpName = "file",
    };

    public BackendOptions() => _form.AcceptOnlyFromAmong("litecord", "document");

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _url, _secret, _form, _insecure, _ca })
        {
            command.Options.Add(option);
        }
    }

    public Uri Url(ParseResult parsed) => parsed.GetRequiredValue(_url);

    public TlsTrust Trust(ParseResult parsed)
    {
        if (parsed.GetValue(_insecure))
        {
            return TlsTrust.Anything;
        }

        return parsed.GetValue(_ca) is { } file ? TlsTrust.OnlyFrom(file) : TlsTrust.MachineAndLoopback;
    }

    public LvspClientOptions Lvsp(ParseResult parsed, Action<LvspTraffic>? observer = null) => new()
    {
        Url = Url(parsed),
        Secret = parsed.GetValue(_secret) ?? Environment.GetEnvironmentVariable(SecretVariable) ?? DevelopmentSecret,
        Form = parsed.GetValue(_form) == "document" ? LvspForm.Document : LvspForm.Litecord,
        Trust = Trust(parsed),
        Observer = observer,
    };
}
