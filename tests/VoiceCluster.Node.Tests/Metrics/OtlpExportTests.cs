using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using VoiceCluster.Node.Tests.Startup;

namespace VoiceCluster.Node.Tests.Metrics;

public sealed class OtlpExportTests
{
    [Fact]
    public async Task Node_with_a_collector_sends_it_its_metrics()
    {
        var received = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var collector = new HostBuilder().ConfigureWebHost(web => web
            .UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0))
            .Configure(app => app.Run(context =>
            {
                received.TrySetResult($"{context.Request.Method} {context.Request.Path}");
                return Task.CompletedTask;
            }))).Build();
        await collector.StartAsync();
        var address = collector.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

        await using var node = await TestNode.StartAsync([$"--Telemetry:OtlpEndpoint={address}", "--Telemetry:OtlpProtocol=http", "--Telemetry:OtlpInterval=1s"]);
        (await received.Task.WaitAsync(TimeSpan.FromSeconds(30))).ShouldBe("POST /v1/metrics");
    }
}
