using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using VoiceCluster.Gateways.NodeLinks;
using VoiceCluster.Media.Relay;
using VoiceCluster.Node.Configuration;
using VoiceCluster.Node.Health;
using VoiceCluster.Node.Metrics;

namespace VoiceCluster.Node.Admin;

/// <summary>What the process shell itself tells operators.</summary>
internal static class AdminEndpoints
{
    /// <summary>Maps <c>/metrics</c>, <c>/api/node</c> and <c>/api/node/collect</c>.</summary>
    public static void MapNode(
        this IEndpointRouteBuilder endpoints,
        NodeOptions options,
        NodeHealth health,
        NodeReadiness readiness,
        PrometheusText metrics,
        Func<ImmutableArray<NodeLinkStatus>> links,
        Func<ImmutableArray<ImmutableArray<RelayLinkStatistics>>> relays)
    {
        endpoints.MapGet("/metrics", context =>
        {
            context.Response.ContentType = PrometheusText.ContentType;
            return context.Response.WriteAsync(metrics.Write(), context.RequestAborted);
        });
        endpoints.MapGet("/api/node", context => AdminJson.WriteAsync(context, json =>
        {
            WriteNode(json, options, health, readiness);
            WriteConditions(json, readiness);
            WriteLinks(json, links());
            WriteRelays(json, relays());
        }));
        endpoints.MapPost("/api/node/collect", context =>
        {
            CollectGarbage();
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        });
    }

    // Only after a whole collection does the size of the heap tell what is really in use; who looks for a leak needs that. It stops the
    // process for some milliseconds, packets included. What finalizers let go of goes in the second one.
    private static void CollectGarbage()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
    }

    private static void WriteNode(Utf8JsonWriter json, NodeOptions options, NodeHealth health, NodeReadiness readiness)
    {
        json.WriteString("id", options.Node.Id);
        json.WriteString("region", options.Node.Region);
        json.WriteString("version", NodeVersion.Text);
        json.WriteBoolean("dev", options.Dev);
        json.WriteBoolean("ready", readiness.IsReady);
        json.WriteNumber("load", Math.Round(health.Report.Load, 3));
        json.WriteNumber("users", health.Report.Users);
    }

    private static void WriteConditions(Utf8JsonWriter json, NodeReadiness readiness)
    {
        json.WriteStartArray("conditions");
        foreach (var condition in readiness.Conditions)
        {
            json.WriteStartObject();
            json.WriteString("name", condition.Name);
            json.WriteBoolean("met", condition.IsMet);
            json.WriteString("reason", condition.Reason);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteLinks(Utf8JsonWriter json, ImmutableArray<NodeLinkStatus> links)
    {
        json.WriteStartArray("links");
        foreach (var link in links.OrderBy(link => link.Peer.Value, StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WriteString("peer", link.Peer.Value);
            json.WriteString("state", link.IsConnected ? "connected" : link.IsUnreachable ? "unreachable" : "connecting");
            json.WriteNumber("waiting", link.Waiting);
            if (link.RoundTrip is { } roundTrip)
            {
                json.WriteNumber("round_trip_ms", Math.Round(roundTrip.TotalMilliseconds, 3));
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>Media between workers: for each worker of this node, the others that it shares channels with.</summary>
    private static void WriteRelays(Utf8JsonWriter json, ImmutableArray<ImmutableArray<RelayLinkStatistics>> relays)
    {
        json.WriteStartArray("relay");
        foreach (var (worker, links) in relays.Index())
        {
            foreach (var link in links)
            {
                json.WriteStartObject();
                json.WriteNumber("worker", worker);
                json.WriteString("peer", link.Peer.ToString());
                json.WriteNumber("sent", link.Sent);
                json.WriteNumber("received", link.Received);
                json.WriteNumber("lost", link.Lost);
                json.WriteNumber("reordered", link.Reordered);
                json.WriteNumber("recovered", link.Recovered);
                json.WriteBoolean("repeating", link.IsRepeating);
                json.WriteNumber("send_loss_percent", Math.Round(link.SendLoss * 100, 2));
                json.WriteNumber("round_trip_ms", Math.Round(link.RoundTrip.TotalMilliseconds, 3));
                json.WriteEndObject();
            }
        }
        json.WriteEndArray();
    }
}
