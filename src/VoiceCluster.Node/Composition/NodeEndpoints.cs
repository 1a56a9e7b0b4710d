using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Gateways.Edge;
using VoiceCluster.Gateways.Lvsp;
using VoiceCluster.Gateways.NodeLinks;
using VoiceCluster.Gateways.Voice;
using VoiceCluster.Media;
using VoiceCluster.Node.Admin;
using VoiceCluster.Node.Configuration;
using VoiceCluster.Node.Drain;
using VoiceCluster.Node.Health;
using VoiceCluster.Node.Metrics;

namespace VoiceCluster.Node.Composition;

/// <summary>The one place that says what is served on which port.</summary>
internal static class NodeEndpoints
{
    /// <summary>Splits requests by the port they came in on; the Host header decides nothing.</summary>
    public static void Configure(IApplicationBuilder app)
    {
        if (app.ApplicationServices.GetService<AdminAccess>() is { } access)
        {
            app.MapWhen(context => ListenerRole.Of(context) == ListenerRole.Admin, admin => ConfigureAdmin(admin, access));
        }
        app.MapWhen(context => ListenerRole.Of(context) == ListenerRole.Lvsp, lvsp => ConfigurePublic(lvsp, MapLvspListener));
        ConfigurePublic(app, MapPublic);
    }

    /// <summary>HTTP and HTTPS: LVSP at <c>/lvsp</c>, voice clients at <c>/</c>.</summary>
    private static void MapPublic(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/lvsp", endpoints.ServiceProvider.GetRequiredService<LvspEndpoint>().ServeAsync);
        endpoints.MapGet("/", endpoints.ServiceProvider.GetRequiredService<VoiceEndpoint>().ServeAsync);
        endpoints.MapHealth(endpoints.ServiceProvider.GetRequiredService<NodeReadiness>());
    }

    /// <summary>The own listener of LVSP: that protocol on every path.</summary>
    private static void MapLvspListener(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapHealth(endpoints.ServiceProvider.GetRequiredService<NodeReadiness>());
        endpoints.MapGet("/{**path}", endpoints.ServiceProvider.GetRequiredService<LvspEndpoint>().ServeAsync);
    }

    /// <summary>The admin port. What is mapped here needs the token unless it is marked <see cref="OpenToEveryone"/>.</summary>
    private static void MapAdmin(IEndpointRouteBuilder endpoints)
    {
        var services = endpoints.ServiceProvider;
        var readiness = services.GetRequiredService<NodeReadiness>();
        endpoints.MapHealth(readiness);
        endpoints.MapDrain(services.GetRequiredService<NodeDraining>());
        endpoints.MapOwner(services.GetRequiredService<EntityHost>());
        var links = services.GetService<NodeLinkTransport>();
        endpoints.MapNode(
            services.GetRequiredService<NodeOptions>(),
            services.GetRequiredService<NodeHealth>(),
            readiness,
            services.GetRequiredService<PrometheusText>(),
            () => links?.Links ?? [],
            services.GetRequiredService<MediaPlane>().ReadRelayLinks);
    }

    private static void ConfigurePublic(IApplicationBuilder app, Action<IEndpointRouteBuilder> map)
    {
        app.ApplicationServices.GetRequiredService<EdgeConnections>().Use(app);
        app.UseWebSockets();
        app.UseRouting();
        app.UseEndpoints(map);
    }

    private static void ConfigureAdmin(IApplicationBuilder app, AdminAccess access)
    {
        app.UseRouting();
        app.Use(access.InvokeAsync);
        app.UseEndpoints(MapAdmin);
    }
}
