using System.Collections.Immutable;

namespace VoiceCluster.Protocol.Primitives;

/// <summary>How media datagrams between a UDP client and a node are sealed.</summary>
/// <remarks>Source: Discord "Voice Connections", Transport Encryption Modes, and its history back to 2018.</remarks>
public enum TransportEncryptionMode
{
    [WireName("aead_aes256_gcm_rtpsize")]
    AeadAes256GcmRtpSize,

    [WireName("aead_xchacha20_poly1305_rtpsize")]
    AeadXChaCha20Poly1305RtpSize,

    [WireName("xsalsa20_poly1305_lite_rtpsize")]
    XSalsa20Poly1305LiteRtpSize,

    [WireName("aead_aes256_gcm")]
    AeadAes256Gcm,

    [WireName("xsalsa20_poly1305_lite")]
    XSalsa20Poly1305Lite,

    [WireName("xsalsa20_poly1305_suffix")]
    XSalsa20Poly1305Suffix,

    [WireName("xsalsa20_poly1305")]
    XSalsa20Poly1305,
}

/// <summary>The name a member of an enum has on the wire.</summary>
[AttributeUsage(AttributeTargets.Field)]
public sealed class WireNameAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}

/// <summary>Wire names of <see cref="TransportEncryptionMode"/>.</summary>
public static class TransportEncryptionModes
{
    /// <summary>Every mode, in the order in which it is offered: clients take the first one they know.</summary>
    public static ImmutableArray<TransportEncryptionMode> All { get; } = [.. Enum.GetValues<TransportEncryptionMode>()];

    private static readonly ImmutableArray<string> Names = [.. All.Select(ReadWireName)];

    /// <summary>The text that READY offers and select protocol names.</summary>
    public static string ToWireName(this TransportEncryptionMode mode) => Names[(int)mode];

    /// <summary>Finds a mode by its wire name; names are compared exactly.</summary>
    public static bool TryParse(string? wireName, out TransportEncryptionMode mode)
    {
        var index = wireName is null ? -1 : Names.IndexOf(wireName);
        mode = index < 0 ? default : (TransportEncryptionMode)index;
        return index >= 0;
    }

    private static string ReadWireName(TransportEncryptionMode mode)
    {
        var field = typeof(TransportEncryptionMode).GetField(mode.ToString())!;
        return ((WireNameAttribute)field.GetCustomAttributes(typeof(WireNameAttribute), inherit: false)[0]).Name;
    }
}
