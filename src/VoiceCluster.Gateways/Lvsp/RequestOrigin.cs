using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Gateways.Lvsp;

/// <summary>Where a request comes from.</summary>
/// <param name="Realm">Whose backend.</param>
/// <param name="SessionId">The LVSP session.</param>
/// <param name="AskedAt">When it was read from the socket, by the clock that nodes have in common.</param>
internal readonly record struct RequestOrigin(Realm Realm, string SessionId, DateTimeOffset AskedAt);
