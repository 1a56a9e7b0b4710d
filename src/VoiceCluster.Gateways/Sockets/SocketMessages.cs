using VoiceCluster.Cluster.Hosting;

namespace VoiceCluster.Gateways.Sockets;

/// <summary>A whole message came. The reader waits until <see cref="GatewaySocket.Handled"/> before it takes the next.</summary>
internal sealed record FrameReceived(GatewaySocket Socket, ReadOnlyMemory<byte> Payload, bool IsText) : IActorMessage;

/// <summary>A message is longer than <see cref="GatewaySocket.MaxFrameBytes"/>. Nothing more is read.</summary>
internal sealed record FrameTooLarge(GatewaySocket Socket) : IActorMessage;

/// <summary>The peer closed or vanished.</summary>
/// <param name="Socket">The socket.</param>
/// <param name="Code">The peer's close code; null when the connection was lost.</param>
internal sealed record SocketClosed(GatewaySocket Socket, int? Code) : IActorMessage;
