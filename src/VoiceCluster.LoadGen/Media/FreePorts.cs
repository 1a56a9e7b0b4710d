using System.Net;
using System.Net.Sockets;

namespace VoiceCluster.LoadGen.Media;

/// <summary>Ports of this machine that nobody uses.</summary>
internal static class FreePorts
{
    // Below the range from which the system gives ports to connections.
    private const int First = 20_000;
    private const int Last = 32_000;

    /// <summary>A number of neighbouring ports that are free for TCP and UDP now, likely to be so for a while.</summary>
    /// <exception cref="IOException">There are none.</exception>
    public static int Take(int count = 1)
    {
        for (var attempt = 0; attempt < 200; attempt++)
        {
            var port = Random.Shared.Next(First, Last);
            if (Enumerable.Range(port, count).All(IsFree))
            {
                return port;
            }
        }

        throw new IOException($"No {count} free ports between {First} and {Last}.");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            tcp.Bind(new IPEndPoint(IPAddress.Any, port));
            udp.Bind(new IPEndPoint(IPAddress.Any, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
