using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace VoiceCluster.Node.Composition;

/// <summary>What a listening port is for. Each connection carries the role of the port it came in on.</summary>
internal sealed class ListenerRole
{
    public static readonly ListenerRole Public = new();
    public static readonly ListenerRole Lvsp = new();
    public static readonly ListenerRole Admin = new();

    private ListenerRole()
    {
    }

    /// <summary>The role of the port a request came in on.</summary>
    public static ListenerRole Of(HttpContext context) => context.Features.Get<ListenerRole>() ?? Public;

    /// <summary>Gives every connection of a listener this role.</summary>
    public void MarkConnections(ListenOptions listener) => listener.Use(next => connection =>
    {
        connection.Features.Set(this);
        return next(connection);
    });
}
