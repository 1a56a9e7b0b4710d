using System.CommandLine;
using System.CommandLine.Parsing;
using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Nodes;

namespace VoiceCluster.LoadGen.Churn;

/// <summary><c>loadgen churn</c>: many joins and leaves, after which a node must be what it was before.</summary>
internal sealed class ChurnCommand
{
    private const string SecretVariable = "VOICECTL_SECRET";
    private const string DevelopmentSecret = "dev-secret";

    private readonly Option<int> _joins = Count("--joins", "How many users join and leave.", 20_000);
    private readonly Option<int> _warmUp = Count("--warm-up", "How many do so before the first reading, so that pools and bounded caches are full.", 20_000);
    private readonly Option<int> _concurrency = Count("--concurrency", "How many are under way at once.", 50);
    private readonly Option<int> _channels = Count("--channels", "Over how many channels, each in its own guild, they are spread.", 100);
    private readonly Option<int> _udpEvery = Count("--udp-every", "Every how manieth one also discovers its address and sends a frame; 0 for none.", 10, least: 0);
    private readonly Option<int> _settle = Count("--settle", "How many seconds the node may take to come to rest.", 240);

    private readonly Option<double> _growth = new("--max-growth")
    {
        Description = "How far a figure may grow, in percent.",
        DefaultValueFactory = _ => 5,
        HelpName = "percent",
    };

    private readonly Option<Uri> _url = Url("--url", "The node's LVSP address.", "ws://127.0.0.1:8080/lvsp");
    private readonly Option<Uri> _voiceUrl = Url("--voice-url", "Where users connect; plain WebSockets by default.", "ws://127.0.0.1:8080/");
    private readonly Option<Uri> _adminUrl = Url("--admin-url", "The node's admin address.", "http://127.0.0.1:9090");

    private readonly Option<string> _adminToken = new("--admin-token-file")
    {
        Description = "The file that holds the admin token; a development node keeps it there.",
        DefaultValueFactory = _ => "var/admin-token",
        HelpName = "file",
    };

    private readonly Option<string> _secret = new("--secret")
    {
        Description = $"The secret shared with the node; the environment variable {SecretVariable} keeps it off the command line. [default: {DevelopmentSecret}]",
        HelpName = "secret",
    };

    private readonly Option<bool> _insecure = new("--insecure") { Description = "Accept any TLS certificate." };

    public static Command Create()
    {
        var churn = new ChurnCommand();
        var command = new Command("churn", "Lets many users join and leave, and checks that nothing of them is left in the node.")
        {
            churn._joins, churn._warmUp, churn._concurrency, churn._channels, churn._udpEvery, churn._settle, churn._growth,
            churn._url, churn._voiceUrl, churn._adminUrl, churn._adminToken, churn._secret, churn._insecure,
        };
        command.SetAction(churn.RunAsync);
        return command;
    }

    private static Option<int> Count(string name, string description, int value, int least = 1)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => value, HelpName = "n" };
        option.Validators.Add(result =>
        {
            if (!result.Errors.Any() && result.GetValueOrDefault<int>() < least)
            {
                result.AddError($"{name} is at least {least}.");
            }
        });
        return option;
    }

    private static Option<Uri> Url(string name, string description, string value) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => new Uri(value),
        CustomParser = result => ParseUrl(result, new Uri(value).Scheme),
        HelpName = "url",
    };

    private static Uri? ParseUrl(ArgumentResult result, string scheme)
    {
        var text = result.Tokens[0].Value;
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == scheme || url.Scheme == scheme + "s"))
        {
            return url;
        }

        result.AddError($"'{text}' is no URL that begins with {scheme}:// or {scheme}s://.");
        return null;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var report = new ChurnReport(ChurnReport.CreateConsole());
        try
        {
            using var node = new NodeMetrics(parsed.GetRequiredValue(_adminUrl), parsed.GetRequiredValue(_adminToken));
            var result = await new ChurnRun(OptionsFrom(parsed), node, TimeProvider.System, report.Progress).RunAsync(cancellation);
            report.Result(result);
            return result.IsGood ? 0 : 1;
        }
        catch (ClientException exception)
        {
            report.Failure(exception.Message);
            return 1;
        }
        catch (OperationCanceledException)
        {
            report.Failure("stopped");
            return 1;
        }
    }

    private ChurnOptions OptionsFrom(ParseResult parsed) => new()
    {
        Joins = parsed.GetValue(_joins),
        WarmUp = parsed.GetValue(_warmUp),
        Concurrency = parsed.GetValue(_concurrency),
        Channels = parsed.GetValue(_channels),
        UdpEvery = parsed.GetValue(_udpEvery),
        AllowedGrowthPercent = parsed.GetValue(_growth),
        SettleLimit = TimeSpan.FromSeconds(parsed.GetValue(_settle)),
        LvspUrl = parsed.GetRequiredValue(_url),
        VoiceUrl = parsed.GetRequiredValue(_voiceUrl),
        Secret = parsed.GetValue(_secret) ?? Environment.GetEnvironmentVariable(SecretVariable) ?? DevelopmentSecret,
        Trust = parsed.GetValue(_insecure) ? TlsTrust.Anything : TlsTrust.MachineAndLoopback,
    };
}
