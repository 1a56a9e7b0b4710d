using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using VoiceCluster.Node.Admin;

namespace VoiceCluster.Node.Health;

/// <summary>Liveness and readiness, apart on purpose: a node that may not take new work must not be killed for it.</summary>
internal static class HealthEndpoints
{
    private static readonly string[] Methods = ["GET", "HEAD"];

    /// <summary>Maps <c>/healthz</c> (this process runs) and <c>/readyz</c> (it takes new work). Neither says why not: that is for operators.</summary>
    public static void MapHealth(this IEndpointRouteBuilder endpoints, NodeReadiness readiness)
    {
        endpoints.MapMethods("/healthz", Methods, context => AnswerAsync(context, StatusCodes.Status200OK, "ok")).WithMetadata(OpenToEveryone.Instance);
        endpoints.MapMethods("/readyz", Methods, context => AnswerReadinessAsync(context, readiness)).WithMetadata(OpenToEveryone.Instance);
    }

    private static Task AnswerReadinessAsync(HttpContext context, NodeReadiness readiness) => readiness.IsReady
        ? AnswerAsync(context, StatusCodes.Status200OK, "ready")
        : AnswerAsync(context, StatusCodes.Status503ServiceUnavailable, "not ready");

    private static Task AnswerAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentLength = text.Length + 1;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsync(text + "\n", context.RequestAborted);
    }
}
