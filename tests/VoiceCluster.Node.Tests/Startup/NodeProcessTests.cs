using System.Net;
using System.Net.Sockets;
using VoiceCluster.Node.Startup;

namespace VoiceCluster.Node.Tests.Startup;

public sealed class NodeProcessTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();

    [Fact]
    public async Task Version_is_one_line()
    {
        (await RunAsync("--version")).ShouldBe(0);
        _output.ToString().Trim().ShouldStartWith("VoiceCluster 0.");
    }

    [Fact]
    public async Task Help_lists_every_setting_with_its_default()
    {
        (await RunAsync("--help")).ShouldBe(0);
        _output.ToString().ShouldContain("Lvsp:HeartbeatInterval");
        _output.ToString().ShouldContain("[13750ms]");
    }

    [Fact]
    public async Task Wrong_settings_end_in_a_list_on_the_error_output_and_code_1()
    {
        (await RunAsync("--Media:Dscp=99")).ShouldBe(1);
        var errors = _errors.ToString();
        errors.ShouldStartWith("VoiceCluster cannot start: 7 settings need attention.");
        errors.ShouldContain("  - Media:Dscp = \"99\" (from flag --Media:Dscp): ");
        errors.ShouldContain("      Fix: ");
        errors.ShouldNotContain("   at ");
        _output.ToString().ShouldBeEmpty();
    }

    [Fact]
    public async Task Check_prints_the_settings_without_secrets()
    {
        (await RunAsync("--dev", "--check")).ShouldBe(0);
        _output.ToString().ShouldContain("Secrets:default=(set)");
        _output.ToString().ShouldNotContain("dev-secret");
    }

    [Fact]
    public async Task Taken_port_is_named_without_a_stack_trace()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var code = await RunAsync(
            "--dev", $"--Http:Listen=127.0.0.1:{port}", "--Https:Listen=off", "--Admin:Listen=127.0.0.1:0", "--Media:Listen=127.0.0.1:0", $"--Node:StateDirectory={_directory.Path}");
        code.ShouldBe(1);
        _errors.ToString().ShouldContain($"127.0.0.1:{port}");
        _errors.ToString().ShouldContain("Fix: ");
        _errors.ToString().ShouldNotContain("   at ");
    }

    [Fact]
    public async Task Taken_media_port_keeps_the_node_from_starting()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)taken.LocalEndPoint!).Port;
        var code = await RunAsync(
            "--dev", "--Http:Listen=127.0.0.1:0", "--Https:Listen=off", "--Admin:Listen=off", $"--Media:Listen=127.0.0.1:{port}", "--Media:Workers=1", $"--Node:StateDirectory={_directory.Path}");
        code.ShouldBe(1);
        _errors.ToString().ShouldContain($"127.0.0.1:{port}");
        _errors.ToString().ShouldContain("Media:Listen");
    }

    public void Dispose()
    {
        _output.Dispose();
        _errors.Dispose();
        _directory.Dispose();
    }

    private Task<int> RunAsync(params string[] arguments) =>
        new NodeProcess(_output, _errors, TimeProvider.System).RunAsync(arguments, CancellationToken.None);
}
