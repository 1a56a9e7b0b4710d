using VoiceCluster.Udp.Linux;
using VoiceCluster.Udp.Portable;

namespace VoiceCluster.Udp;

/// <summary>Which implementation of <see cref="IDatagramSocket"/> to use.</summary>
public enum DatagramSocketKind
{
    /// <summary>The fastest one that this system has.</summary>
    Automatic,

    /// <summary>Batched system calls; 64-bit Linux only.</summary>
    Linux,

    /// <summary>The base library's socket; everywhere, and slower.</summary>
    Portable,
}

/// <summary>Opens sockets.</summary>
public static class DatagramSockets
{
    /// <summary>Opens and binds a socket.</summary>
    /// <param name="options">How.</param>
    /// <param name="kind">The implementation.</param>
    /// <param name="linkLayer">Lets it send frames where that is possible; null sends everything by the socket, as the portable kind always does.</param>
    /// <exception cref="IOException">The address or port cannot be had.</exception>
    /// <exception cref="PlatformNotSupportedException">The kind does not exist on this system.</exception>
    public static IDatagramSocket Open(
        DatagramSocketOptions options, DatagramSocketKind kind = DatagramSocketKind.Automatic, LinkLayer? linkLayer = null) => kind switch
        {
            DatagramSocketKind.Portable => new PortableDatagramSocket(options),
            DatagramSocketKind.Automatic when !LinuxDatagramSocket.IsSupported => new PortableDatagramSocket(options),
            _ => new LinuxDatagramSocket(options, linkLayer),
        };
}
