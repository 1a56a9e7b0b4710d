using VoiceCluster.Media.Sessions;

namespace VoiceCluster.Media.Forwarding;

/// <summary>A packet that passed every check, as it goes into the fan-out.</summary>
internal readonly ref struct ForwardedPacket
{
    /// <summary>The sender's place in the <see cref="SinkTable"/>, which gets no copy; -1 if another worker serves it.</summary>
    public required int SenderSlot { get; init; }

    /// <summary>On which of its sources.</summary>
    public required MediaSource Source { get; init; }

    /// <summary>What it carries.</summary>
    public required PayloadMeaning Meaning { get; init; }

    /// <summary>The sender's marker bit.</summary>
    public required bool Marker { get; init; }

    /// <summary>Its extended number after policy drops.</summary>
    public required long Sequence { get; init; }

    /// <summary>The sender's timestamp.</summary>
    public required uint Timestamp { get; init; }

    /// <summary>Whether the sender starts over with it.</summary>
    public required bool IsRestart { get; init; }

    /// <summary>The payload without padding.</summary>
    public required ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>The same with the header extension block in front, if there is one; without contributing sources.</summary>
    public required ReadOnlySpan<byte> ExtendedPayload { get; init; }
}
