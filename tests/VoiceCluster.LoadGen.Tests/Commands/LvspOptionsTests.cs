using System.CommandLine;
using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Commands;

namespace VoiceCluster.LoadGen.Tests.Commands;

public sealed class LvspOptionsTests
{
    private readonly LvspOptions _options = new();

    [Fact]
    public void Without_options_it_is_the_development_node_of_this_machine()
    {
        var parsed = Parse("");
        var link = _options.From(parsed, "x");

        link.Url.ShouldBe(new Uri("ws://127.0.0.1:8080/lvsp"));
        link.Secret.ShouldBe(LvspOptions.Secret);
        link.Trust.ShouldBe(TlsTrust.MachineAndLoopback);
        link.Name.ShouldBe("x");
        _options.Trust(parsed).ShouldBe(TlsTrust.MachineAndLoopback);
    }

    [Fact]
    public void What_is_given_is_taken()
    {
        var parsed = Parse("--url wss://voice.example/ --secret given --insecure");
        var link = _options.From(parsed, "x");

        link.Url.ShouldBe(new Uri("wss://voice.example/"));
        link.Secret.ShouldBe("given");
        link.Trust.ShouldBe(TlsTrust.Anything);
        _options.Url(parsed).ShouldBe(link.Url);
    }

    private ParseResult Parse(string line)
    {
        var command = new Command("x");
        _options.AddTo(command);
        return command.Parse(line);
    }
}
