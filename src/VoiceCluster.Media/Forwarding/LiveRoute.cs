namespace VoiceCluster.Media.Forwarding;

/// <summary>Holds a channel's route: control replaces it, the worker reads it once per packet. Its sessions know it.</summary>
internal sealed class LiveRoute
{
    private volatile ChannelRoute _current = ChannelRoute.Silent;

    /// <summary>The route in force.</summary>
    public ChannelRoute Current
    {
        get => _current;
        set => _current = value;
    }
}
