using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Crypto;

/// <summary>Whether this process can serve a transport mode.</summary>
/// <param name="Mode">The mode.</param>
/// <param name="IsAvailable">Whether it may be offered.</param>
/// <param name="Backend">The library that does the work; empty if none does.</param>
/// <param name="Reason">Why it is off, or why a faster library is not used; <c>null</c> if all is well.</param>
public sealed record ModeAvailability(TransportEncryptionMode Mode, bool IsAvailable, string Backend, string? Reason);
