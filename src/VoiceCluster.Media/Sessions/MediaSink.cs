using System.Runtime.InteropServices;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Udp;

namespace VoiceCluster.Media.Sessions;

/// <summary>All that a worker has to know of a session to send it a copy: one cache line. Worker thread only.</summary>
/// <remarks>Kept in a <see cref="SinkTable"/>; work on it by reference.</remarks>
[StructLayout(LayoutKind.Sequential, Size = Size)]
internal struct MediaSink
{
    /// <summary>Bytes of a cache line.</summary>
    public const int Size = 64;

    /// <summary>The key it is sent under; 0 as long as nothing may be sent.</summary>
    public nint Key;

    /// <summary>Where to; none as long as that is not known.</summary>
    public Ipv4Endpoint Destination;

    /// <summary>The nonces taken under the key.</summary>
    public NonceCounter Nonces;

    /// <summary>Its payload types by meaning.</summary>
    public PayloadTypeNumbers PayloadTypes;

    /// <summary>The mode of the key.</summary>
    public TransportEncryptionMode Mode;

    /// <summary>Which header it is sent.</summary>
    public HeaderForm Form;

    /// <summary>Whether it sent a codec list.</summary>
    public bool HasCodecList;

    /// <summary>Whether it is sent RTCP.</summary>
    public bool TakesReports;

    /// <summary>Whether somebody vouched for the destination.</summary>
    public bool IsConfirmed;

    /// <summary>Whether there is something that it does not want.</summary>
    public bool HasWants;

    /// <summary>Whether anything can be sent to it.</summary>
    public readonly bool IsReady => Key != 0 && !Destination.IsNone;
}

/// <summary>The headers in which one packet goes out.</summary>
internal enum HeaderForm : byte
{
    /// <summary>For clients without a codec list: no extension, marker clear.</summary>
    Plain,

    /// <summary>For clients with a codec list: as the sender wrote it, but for the payload type.</summary>
    Rich,

    /// <summary>Plain, and numbered so that none comes twice: the header is the nonce.</summary>
    Guarded,
}
