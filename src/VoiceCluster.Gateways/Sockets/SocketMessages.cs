using VoiceCluster.Cluster.Hosting;

namespace VoiceCluster.Gateways.Sockets;

/// <summary>A whole message came. The reader waits until <see cref="IGatewaySocket.Handled"/> before it takes the next.</summary>
internal sealed record FrameReceived(IGatewaySocket Socket, ReadOnlyMemory<byte> Payload, bool IsText) : IActorMessage;

/// <summary>A message is longer than the socket takes. Nothing more is read.</summary>
internal sealed record FrameTooLarge(IGatewaySocket Socket) : IActorMessage;

/// <summary>The peer closed or vanished.</summary>
/// <param name="Socket">The socket.</param>
/// <param name="Code">The peer's close code; null when the connection was lost.</param>
internal sealed record SocketClosed(IGatewaySocket Socket, int? Code) : IActorMessage;
