using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Node.Admin;

/// <summary>Which node a guild belongs to.</summary>
/// <remarks>
/// <c>GET /api/owners/{realm}/{guild}</c> answers with <c>{"shard":…,"owner":…}</c>: the owner of the guild's channels and voice states as this node knows it, or who should
/// come to own them where nobody is known to. In the place of a guild stands the channel of a private call. 400 for what is no id.
/// </remarks>
internal static class OwnerEndpoint
{
    public static void MapOwner(this IEndpointRouteBuilder endpoints, EntityHost host) => endpoints.MapGet("/api/owners/{realm}/{guild}", context =>
    {
        if (!Snowflake.TryParse((string)context.Request.RouteValues["guild"]!, out var guild))
        {
            return AdminJson.WriteProblemAsync(context, StatusCodes.Status400BadRequest, "A guild is named by its id, a number from 1 to 2^64-1.");
        }

        var shard = ShardId.Of(new Realm((string)context.Request.RouteValues["realm"]!), guild);
        return AdminJson.WriteAsync(context, json =>
        {
            json.WriteNumber("shard", shard.Value);
            json.WriteString("owner", host.FindOwner(shard).Value);
        });
    });
}
