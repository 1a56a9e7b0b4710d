namespace VoiceCluster.Protocol.Relay;

/// <summary>What a packet between two workers is. Those of one link share its counter, whatever they are.</summary>
public enum RelayPacketType : byte
{
    /// <summary>A frame for the listeners there.</summary>
    Media = 1,

    /// <summary>A <see cref="RelayReport"/>; the header names no stream.</summary>
    Report = 2,

    /// <summary>Somebody there needs a key frame of the stream that the header names; the body is empty.</summary>
    KeyFrameRequest = 3,

    /// <summary>
    /// An RTCP packet of somebody there, in the clear as its body: the report of the sender of the stream that the header names, or a request for packets of it
    /// that were lost. An earlier release drops it.
    /// </summary>
    Rtcp = 4,
}
