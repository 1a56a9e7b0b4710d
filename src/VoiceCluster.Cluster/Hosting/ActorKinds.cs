namespace VoiceCluster.Cluster.Hosting;

/// <summary>Words for telemetry.</summary>
internal static class ActorKinds
{
    public static string NameOf(ActorAddress address) => address switch
    {
        EntityAddress { Kind: EntityKind.VoiceChannel } => "voice_channel",
        EntityAddress { Kind: EntityKind.VoiceState } => "voice_state",
        EntityAddress => "entity",
        _ => "local",
    };
}
