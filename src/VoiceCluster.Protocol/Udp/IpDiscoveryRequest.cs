using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Udp;

/// <summary>The layouts in which clients of different years ask for their public address.</summary>
public enum IpDiscoveryForm
{
    /// <summary>74 bytes: type 1, length 70, SSRC, 66 bytes zero. The documented one.</summary>
    Current,

    /// <summary>70 bytes: SSRC at offset 0, rest zero. Documented until December 2019.</summary>
    LegacySsrcFirst,

    /// <summary>70 bytes: type 1, length 70, SSRC at offset 4. Sent by libraries that took the new header but not the new size.</summary>
    LegacyTyped,

    /// <summary>70 bytes: zeros, SSRC in the last four.</summary>
    LegacySsrcLast,
}

/// <summary>A client's question for its public address.</summary>
/// <param name="Form">How it was asked, and so how it must be answered.</param>
/// <param name="Ssrc">The source it claims to be. Not authenticated; 0 if it named none.</param>
public readonly record struct IpDiscoveryRequest(IpDiscoveryForm Form, Ssrc Ssrc)
{
    /// <summary>Bytes of the request, and of its response: never more, so nothing is amplified.</summary>
    public int Length => Form == IpDiscoveryForm.Current ? IpDiscovery.CurrentLength : IpDiscovery.LegacyLength;
}
