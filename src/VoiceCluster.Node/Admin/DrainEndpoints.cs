using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Node.Configuration;
using VoiceCluster.Node.Drain;

namespace VoiceCluster.Node.Admin;

/// <summary>Emptying a node of the cluster, by the admin port of any of them.</summary>
/// <remarks>
/// <c>POST /api/nodes/{node}/drain?deadline=60s</c> begins or sets another deadline, <c>DELETE</c> takes it back, <c>GET</c> says how far it is; each answers
/// with <c>{"draining":…,"users":…,"shards":…,"moved":…,"seconds_left":…}</c>, 404 for a node that cannot be reached, 504 for one that does not answer.
/// </remarks>
internal static class DrainEndpoints
{
    private static readonly TimeSpan DefaultDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestDeadline = TimeSpan.FromHours(24);

    public static void MapDrain(this IEndpointRouteBuilder endpoints, NodeDraining draining)
    {
        const string path = "/api/nodes/{node}/drain";
        endpoints.MapGet(path, context => AnswerAsync(context, draining, new GetDrain()));
        endpoints.MapDelete(path, context => AnswerAsync(context, draining, new CancelDrain()));
        endpoints.MapPost(path, context => BeginAsync(context, draining));
    }

    private static Task BeginAsync(HttpContext context, NodeDraining draining)
    {
        var deadline = DefaultDeadline;
        if (context.Request.Query["deadline"].FirstOrDefault() is { } text
            && (!Duration.TryParse(text, out deadline) || deadline < TimeSpan.Zero || deadline > LongestDeadline))
        {
            return AdminJson.WriteProblemAsync(context, StatusCodes.Status400BadRequest, "The deadline is a time from 0s to 24h, for example 60s or 5m.");
        }

        return AnswerAsync(context, draining, new BeginDrain(deadline));
    }

    private static async Task AnswerAsync(HttpContext context, NodeDraining draining, IRequest<DrainReport> request)
    {
        var node = new NodeId((string)context.Request.RouteValues["node"]!);
        try
        {
            await WriteAsync(context, await draining.AskAsync(node, request, context.RequestAborted));
        }
        catch (AskException error) when (error.Failure == AskFailure.Unreachable)
        {
            await AdminJson.WriteProblemAsync(context, StatusCodes.Status404NotFound, $"No node named {node} can be reached from here.");
        }
        catch (AskException error)
        {
            await AdminJson.WriteProblemAsync(context, StatusCodes.Status504GatewayTimeout, $"Node {node} did not answer: {error.Failure}.");
        }
    }

    private static Task WriteAsync(HttpContext context, DrainReport report) => AdminJson.WriteAsync(context, json =>
    {
        json.WriteBoolean("draining", report.IsDraining);
        json.WriteNumber("users", report.Users);
        json.WriteNumber("shards", report.Shards);
        json.WriteNumber("moved", report.Moved);
        json.WriteNumber("seconds_left", Math.Round(report.Left.TotalSeconds, 1));
    });
}
