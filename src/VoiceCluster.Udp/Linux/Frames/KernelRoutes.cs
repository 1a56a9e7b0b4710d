using VoiceCluster.Udp.Linux.Netlink;

namespace VoiceCluster.Udp.Linux.Frames;

/// <summary>Asks the kernel which way it would send packets. For one thread.</summary>
/// <remarks>Only ways that a frame can go are found: over Ethernet, to another machine. See rtnetlink(7).</remarks>
internal sealed class KernelRoutes : IDisposable
{
    /// <summary>The family of netlink that knows of routes, devices and neighbours.</summary>
    public const int NetlinkFamily = 0;

    private readonly NetlinkSocket _netlink = new(NetlinkFamily);
    private readonly Dictionary<int, NetworkDevice?> _devices = [];

    /// <summary>Finds the way to an address.</summary>
    /// <param name="destination">An IPv4 address.</param>
    /// <param name="known">Next hops that need not be asked for again.</param>
    /// <returns>Null if there is none for frames, or not yet: the neighbour may not have answered.</returns>
    /// <exception cref="IOException">The kernel does not answer.</exception>
    public NextHop? Find(uint destination, NextHopTable known)
    {
        if (Ask(RouteMessages.AskRoute(destination), RouteMessages.TypeNewRoute) is not { } answer
            || RouteMessages.ReadRoute(answer.Span, destination) is not { } route)
        {
            return null;
        }

        return known.TryFindHop(route, out var hop) ? hop : Find(route);
    }

    /// <summary>Tells whether some device that takes frames is up, as far as the kernel answers.</summary>
    public bool HasDevice()
    {
        var (messages, error) = _netlink.Ask(RouteMessages.AskDevices());
        return error != 0 || messages.Any(IsDevice);
    }

    /// <summary>Forgets what is known of devices.</summary>
    public void Forget() => _devices.Clear();

    public void Dispose() => _netlink.Dispose();

    private static bool IsDevice(NetlinkMessage message) =>
        message.Type == RouteMessages.TypeNewDevice && RouteMessages.ReadDevice(message.Body.Span) is not null;

    private NextHop? Find(NextHopKey route) =>
        FindDevice(route.Device) is { } device
        && Ask(RouteMessages.AskNeighbour(route.Device, route.Neighbour), RouteMessages.TypeNewNeighbour) is { } answer
        && RouteMessages.ReadNeighbour(answer.Span) is { IsUsable: true } neighbour
            ? new NextHop(route, neighbour.LinkAddress.Span, device)
            : null;

    private NetworkDevice? FindDevice(int number)
    {
        if (!_devices.TryGetValue(number, out var device))
        {
            device = Ask(RouteMessages.AskDevice(number), RouteMessages.TypeNewDevice) is { } answer ? RouteMessages.ReadDevice(answer.Span) : null;
            _devices.Add(number, device);
        }

        return device;
    }

    // An answer that is an error says that there is no such thing.
    private ReadOnlyMemory<byte>? Ask(NetlinkRequest request, ushort answerType)
    {
        var (messages, error) = _netlink.Ask(request);
        if (error == LibC.ErrorTryAgain)
        {
            throw new IOException("Netlink: no answer from the kernel.");
        }

        foreach (var message in messages)
        {
            if (message.Type == answerType)
            {
                return message.Body;
            }
        }

        return null;
    }
}
