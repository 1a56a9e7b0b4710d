using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace VoiceCluster.Node.Configuration;

/// <summary>From which address this host answers clients when media listens on every address of it.</summary>
/// <remarks>The system picks the address that it routes by, not the one that was sent to; NATs and many clients drop answers from another one.</remarks>
internal static class AnswerAddress
{
    private static readonly IPEndPoint Elsewhere = new(IPAddress.Parse("192.0.2.1"), 9);

    /// <summary>The address that media would come from instead of the advertised one; null when all is well.</summary>
    public static IPAddress? FindOther(IPAddress listen, IPAddress advertised) =>
        listen.Equals(IPAddress.Any) ? FindOther(advertised, OwnAddresses(), RoutedSource()) : null;

    /// <summary>The same, of a host with these addresses whose packets to the internet have this source.</summary>
    internal static IPAddress? FindOther(IPAddress advertised, IEnumerable<IPAddress> own, IPAddress? source) =>
        source is not null && !source.Equals(advertised) && own.Contains(advertised) ? source : null;

    private static IEnumerable<IPAddress> OwnAddresses()
    {
        try
        {
            return [.. NetworkInterface.GetAllNetworkInterfaces().SelectMany(network => network.GetIPProperties().UnicastAddresses).Select(unicast => unicast.Address)];
        }
        catch (NetworkInformationException)
        {
            return [];
        }
    }

    // To connect a datagram socket looks a route up and sends nothing.
    private static IPAddress? RoutedSource()
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(Elsewhere);
            return (socket.LocalEndPoint as IPEndPoint)?.Address;
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
