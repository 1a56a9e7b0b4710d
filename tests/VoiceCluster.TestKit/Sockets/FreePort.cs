using System.Net;
using System.Net.Sockets;

namespace VoiceCluster.TestKit.Sockets;

/// <summary>Ports for servers that cannot be told to let the system choose.</summary>
public static class FreePort
{
    /// <summary>A TCP port of the loopback address that nobody used a moment ago.</summary>
    public static int Take()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
