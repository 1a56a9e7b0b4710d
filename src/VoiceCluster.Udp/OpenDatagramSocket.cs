namespace VoiceCluster.Udp;

/// <summary>Opens and binds a socket.</summary>
/// <param name="options">How.</param>
/// <exception cref="IOException">The address or port cannot be had.</exception>
public delegate IDatagramSocket OpenDatagramSocket(DatagramSocketOptions options);
