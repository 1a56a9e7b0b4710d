using System.Net;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Udp;

/// <summary>A server's answer to <see cref="IpDiscoveryRequest"/>, as a client reads it.</summary>
/// <param name="Ssrc">The source the question named; 0 in a 70-byte answer to a question that did not begin with it.</param>
/// <param name="Address">The client's address as the server sees it.</param>
/// <param name="Port">The client's UDP source port.</param>
public readonly record struct IpDiscoveryResponse(Ssrc Ssrc, IPAddress Address, ushort Port);
