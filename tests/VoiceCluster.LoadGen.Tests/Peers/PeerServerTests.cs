using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Peers;

namespace VoiceCluster.LoadGen.Tests.Peers;

public sealed class PeerServerTests
{
    private const string NoProgram = "no-such-voice-server";

    [Fact]
    public void Program_that_is_not_installed_is_named_with_its_package() =>
        PeerServer.WhyMissing(NoProgram, "some-package").ShouldNotBeNull().ShouldMatch(OperatingSystem.IsLinux() ? $"{NoProgram}.*some-package" : "Linux");

    [Fact]
    public void Program_that_is_installed_is_not_missing()
    {
        if (OperatingSystem.IsLinux())
        {
            PeerServer.WhyMissing("sh", "dash").ShouldBeNull();
        }
    }

    [Fact]
    public async Task Server_that_ends_at_once_is_reported_and_leaves_nothing()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var directory = new PeerDirectory();
        var script = directory.Write("script", "echo 'the port is taken' >&2; exit 3");
        await using (var server = PeerServer.Start(null, "sh", [script], directory))
        {
            var failure = await Should.ThrowAsync<NoAnswerException>(() => server.WaitUntilReadyAsync(_ => Task.FromResult(false), CancellationToken.None));
            failure.Message.ShouldStartWith("sh ended");
        }

        Directory.Exists(directory.Path).ShouldBeFalse();
    }

    [Fact]
    public void Program_that_cannot_be_started_leaves_no_directory()
    {
        var directory = new PeerDirectory();
        Should.Throw<ConnectFailedException>(() => PeerServer.Start(null, NoProgram, [], directory));
        Directory.Exists(directory.Path).ShouldBeFalse();
    }
}
