using System.Text.Json;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.TestKit;

namespace VoiceCluster.Fuzz.Targets;

/// <summary>Inputs out of the test vectors.</summary>
internal static class Corpora
{
    /// <summary>Plain RTP packets.</summary>
    public static IEnumerable<byte[]> PlainRtp { get; } = Plain("rtp_header_clear");

    /// <summary>Plain RTCP packets.</summary>
    public static IEnumerable<byte[]> PlainRtcp { get; } = Plain("rtcp_header_clear");

    /// <summary>Discovery requests and responses, pings and keepalives.</summary>
    public static IEnumerable<byte[]> Control { get; } = HexStrings(LoadRoot("udp_control")).ToList();

    /// <summary>Sealed packets of a mode that the cipher under <see cref="Key"/> opens.</summary>
    public static IEnumerable<byte[]> Sealed(TransportEncryptionMode mode) =>
        [.. VectorsOf(mode.ToWireName()).Select(vector => vector.Hex("packet"))];

    /// <summary>The key of the first vector of every mode.</summary>
    public static byte[] Key { get; } = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    private static List<byte[]> Plain(string header) =>
    [
        .. VectorsOf("aead_aes256_gcm_rtpsize")
            .Where(vector => vector.TryGetProperty(header, out _))
            .Select(vector => (byte[])[.. vector.Hex(header), .. vector.Hex("plaintext")]),
    ];

    private static JsonElement.ArrayEnumerator VectorsOf(string name) => LoadRoot(name).GetProperty("vectors").EnumerateArray();

    private static JsonElement LoadRoot(string name)
    {
        using var document = Vectors.Load(name);
        return document.RootElement.Clone();
    }

    private static IEnumerable<byte[]> HexStrings(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property => HexStrings(property.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(HexStrings),
        JsonValueKind.String when element.GetString() is { Length: >= 8 } text && text.All(char.IsAsciiHexDigit) && text.Length % 2 == 0 =>
            [Convert.FromHexString(text)],
        _ => [],
    };
}
