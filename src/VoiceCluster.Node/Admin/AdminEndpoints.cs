using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using VoiceCluster.Node.Configuration;
using VoiceCluster.Node.Health;
using VoiceCluster.Node.Metrics;

namespace VoiceCluster.Node.Admin;

/// <summary>What the process shell itself tells operators.</summary>
internal static class AdminEndpoints
{
    /// <summary>Maps <c>/metrics</c> and <c>/api/node</c>.</summary>
    public static void MapNode(this IEndpointRouteBuilder endpoints, NodeOptions options, NodeReadiness readiness, PrometheusText metrics)
    {
        endpoints.MapGet("/metrics", context =>
        {
            context.Response.ContentType = PrometheusText.ContentType;
            return context.Response.WriteAsync(metrics.Write(), context.RequestAborted);
        });
        endpoints.MapGet("/api/node", context =>
        {
            context.Response.ContentType = "application/json; charset=utf-8";
            return context.Response.Body.WriteAsync(DescribeNode(options, readiness), context.RequestAborted).AsTask();
        });
    }

    private static ReadOnlyMemory<byte> DescribeNode(NodeOptions options, NodeReadiness readiness)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("id", options.Node.Id);
            json.WriteString("region", options.Node.Region);
            json.WriteString("version", NodeVersion.Text);
            json.WriteBoolean("dev", options.Dev);
            json.WriteBoolean("ready", readiness.IsReady);
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
            json.WriteEndObject();
        }
        return buffer.WrittenMemory;
    }
}
