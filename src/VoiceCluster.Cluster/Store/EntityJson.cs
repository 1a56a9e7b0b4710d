using System.Text.Json.Serialization;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.VoiceStates;

namespace VoiceCluster.Cluster.Store;

/// <summary>A channel as it is stored: its definition only, since its members have rows of their own.</summary>
public sealed record StoredChannel(ChannelKey Key, ChannelDefinition Definition);

/// <summary>The stored form of entities.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(StoredChannel))]
[JsonSerializable(typeof(VoiceState))]
public sealed partial class EntityJson : JsonSerializerContext;
