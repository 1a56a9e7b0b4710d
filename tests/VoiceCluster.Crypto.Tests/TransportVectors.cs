using System.Text.Json;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.TestKit;

namespace VoiceCluster.Crypto.Tests;

/// <summary>One sealed packet with what it contains, from the vector file of its mode.</summary>
internal sealed record TransportVector(string Name, byte[] Key, bool IsRtcp, byte[] Plain, byte[] Nonce, byte[] Packet);

/// <summary>The vector files of the seven modes.</summary>
internal static class TransportVectors
{
    public static IReadOnlyList<TransportVector> Load(TransportEncryptionMode mode)
    {
        using var document = Vectors.Load(mode.ToWireName());
        return [.. document.RootElement.GetProperty("vectors").EnumerateArray().Select(Read)];
    }

    public static IReadOnlyList<(string Why, byte[] Packet)> LoadForgeries(TransportEncryptionMode mode)
    {
        using var document = Vectors.Load(mode.ToWireName());
        return
        [
            .. document.RootElement.GetProperty("must_reject_with_key_of_first_vector").EnumerateArray()
                .Select(e => (e.GetProperty("why").GetString()!, e.Hex("packet"))),
        ];
    }

    private static TransportVector Read(JsonElement element)
    {
        var isRtcp = element.TryGetProperty("rtcp_header_clear", out _);
        return new TransportVector(
            element.GetProperty("name").GetString()!,
            element.Hex("key"),
            isRtcp,
            [.. element.Hex(isRtcp ? "rtcp_header_clear" : "rtp_header_clear"), .. element.Hex("plaintext")],
            element.Hex("nonce"),
            element.Hex("packet"));
    }
}
