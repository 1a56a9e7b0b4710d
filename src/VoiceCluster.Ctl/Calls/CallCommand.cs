using System.CommandLine;
using System.CommandLine.Parsing;
using VoiceCluster.Client.Calls;
using VoiceCluster.Client.Sockets;
using VoiceCluster.Ctl.Backend;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Ctl.Calls;

/// <summary><c>voicectl call</c>: makes a call and checks what is heard.</summary>
internal sealed class CallCommand
{
    private const string Automatic = "auto";
    private const string EveryMode = "all";

    private readonly BackendOptions _backend = new();

    private readonly Option<int> _users = Count("--users", "How many users are in the call.", 4, least: 2, most: 1000);
    private readonly Option<int> _speakers = Count("--speakers", "How many of them speak.", 2, least: 1, most: 1000);
    private readonly Option<int> _seconds = Count("--seconds", "How long they speak, in each mode.", 10, least: 1, most: 86_400);
    private readonly Option<int> _version = Count(
        "--gateway-version", "The version of the voice gateway that they speak.", 8, VoiceGatewayVersion.Oldest, VoiceGatewayVersion.Newest);

    private readonly Option<string> _mode = new("--mode")
    {
        Description = "The encryption mode: its name, 'auto' for the first one offered, or 'all' for each one offered in turn.",
        DefaultValueFactory = _ => Automatic,
        HelpName = "mode",
    };

    private readonly Option<ulong?> _guild = new("--guild")
    {
        Description = "The guild's id. [default: random]",
        HelpName = "id",
    };

    private readonly Option<bool> _private = new("--private")
    {
        Description = "Make it a private call, without a guild.",
    };

    private readonly Option<Uri[]> _voiceUrls = new("--voice-url")
    {
        Description = "Where users connect, whatever endpoint they are told; with several, they take turns.",
        CustomParser = result => CommandLineUrl.ParseAll(result, Uri.UriSchemeWs, Uri.UriSchemeWss),
        Arity = ArgumentArity.ZeroOrMore,
        HelpName = "url",
    };

    private readonly Option<double> _allowedLoss = new("--max-loss")
    {
        Description = "How much may be lost, in percent.",
        DefaultValueFactory = _ => 0.1,
        HelpName = "percent",
    };

    private CallCommand()
    {
        _mode.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } text && text is not (Automatic or EveryMode) && !TransportEncryptionModes.TryParse(text, out _))
            {
                var names = TransportEncryptionModes.All.Select(mode => mode.ToWireName());
                result.AddError($"'{text}' is no mode. There are: {Automatic}, {EveryMode}, {string.Join(", ", names)}.");
            }
        });
    }

    public static Command Create()
    {
        var call = new CallCommand();
        var command = new Command("call", "Makes a call between test users and checks every frame that is heard.")
        {
            call._users, call._speakers, call._seconds, call._mode, call._version,
            call._guild, call._private, call._voiceUrls, call._allowedLoss,
        };
        call._backend.AddTo(command);
        command.Validators.Add(call.CheckSpeakers);
        command.SetAction(call.RunAsync);
        return command;
    }

    private static Option<int> Count(string name, string description, int value, int least, int most)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => value, HelpName = "n" };
        option.Validators.Add(result =>
        {
            if (result.Errors.Any() || result.GetValueOrDefault<int>() is var given && given >= least && given <= most)
            {
                return;
            }

            result.AddError($"{name} is from {least} to {most}.");
        });
        return option;
    }

    private void CheckSpeakers(CommandResult result)
    {
        if (result.GetValue(_speakers) > result.GetValue(_users))
        {
            result.AddError("--speakers cannot exceed --users.");
        }
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var screen = new CallScreen(Terminal.Create());
        try
        {
            var runner = new CallRunner(_backend.Lvsp(parsed), OptionsFrom(parsed), screen);
            var mode = parsed.GetValue(_mode);
            var isGood = mode == EveryMode ? await runner.RunEveryModeAsync(cancellation) : await runner.RunAsync(cancellation);
            return isGood ? VoiceCtl.Success : VoiceCtl.Failure;
        }
        catch (ClientException exception)
        {
            screen.ShowFailure(exception.Message);
            return VoiceCtl.Failure;
        }
        catch (OperationCanceledException)
        {
            screen.ShowFailure("stopped");
            return VoiceCtl.Failure;
        }
    }

    private TestCallOptions OptionsFrom(ParseResult parsed)
    {
        var guild = parsed.GetValue(_guild) ?? (ulong)Random.Shared.NextInt64(1L << 50, 1L << 60);
        return new TestCallOptions
        {
            Users = parsed.GetValue(_users),
            Speakers = parsed.GetValue(_speakers),
            Duration = TimeSpan.FromSeconds(parsed.GetValue(_seconds)),
            Mode = TransportEncryptionModes.TryParse(parsed.GetValue(_mode), out var mode) ? mode : null,
            Version = new VoiceGatewayVersion(parsed.GetValue(_version)),
            GuildId = parsed.GetValue(_private) ? null : new Snowflake(guild),
            ChannelId = new Snowflake(guild + 1),
            FirstUserId = new Snowflake(guild + 1000),
            LvspUrl = _backend.Url(parsed),
            VoiceUrls = [.. parsed.GetValue(_voiceUrls) ?? []],
            Trust = _backend.Trust(parsed),
            AllowedLossPercent = parsed.GetValue(_allowedLoss),
        };
    }
}
