using System.Net;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.LoadGen.Peers.RtpEngine;

/// <summary>An SRTP suite by its name in SDP.</summary>
internal static class SrtpSuite
{
    /// <summary>AES-128 in counter mode with HMAC-SHA1.</summary>
    public const string AesCounterHmac = "AES_CM_128_HMAC_SHA1_80";

    /// <summary>AES-256-GCM.</summary>
    public const string AesGcm = "AEAD_AES_256_GCM";
}

/// <summary>A key that one side offers: the a=crypto line of SDP.</summary>
/// <param name="Tag">The line's number, which an answer repeats.</param>
/// <param name="Suite">The suite's name.</param>
/// <param name="Key">Master key and salt.</param>
internal sealed record SdpCrypto(int Tag, string Suite, byte[] Key);

/// <summary>Session descriptions of one Opus stream.</summary>
/// <remarks>Source: RFC 8866, RFC 4568 (a=crypto), RFC 5761 (a=rtcp-mux).</remarks>
internal static class RtpEngineSdp
{
    private const string CryptoLine = "a=crypto:";
    private const string MediaLine = "m=audio ";
    private const string InlineKey = "inline:";

    /// <summary>Writes one.</summary>
    /// <param name="address">Where its side listens.</param>
    /// <param name="port">The port there.</param>
    /// <param name="direction">sendonly or recvonly.</param>
    /// <param name="crypto">The key it sends with, or would send with.</param>
    public static string Write(IPAddress address, int port, string direction, SdpCrypto crypto) => string.Join(
        "\r\n",
        "v=0",
        $"o=- 1 1 IN IP4 {address}",
        "s=-",
        $"c=IN IP4 {address}",
        "t=0 0",
        $"{MediaLine}{port} RTP/SAVP {RtpPayloadType.Opus}",
        $"a=rtpmap:{RtpPayloadType.Opus} opus/48000/2",
        $"{CryptoLine}{crypto.Tag} {crypto.Suite} {InlineKey}{Convert.ToBase64String(crypto.Key)}",
        "a=rtcp-mux",
        $"a={direction}",
        "");

    /// <summary>Reads the port of the audio stream; null when there is none.</summary>
    public static int? ReadPort(string sdp) => Lines(sdp)
        .Where(line => line.StartsWith(MediaLine, StringComparison.Ordinal))
        .Select(line => int.TryParse(line[MediaLine.Length..].Split(' ')[0], out var port) && port is > 0 and <= ushort.MaxValue ? port : (int?)null)
        .FirstOrDefault();

    /// <summary>Reads the key offered for a suite; null when there is none of the right length.</summary>
    public static SdpCrypto? ReadCrypto(string sdp, string suite, int keyBytes) => Lines(sdp)
        .Where(line => line.StartsWith(CryptoLine, StringComparison.Ordinal))
        .Select(line => line[CryptoLine.Length..].Split(' '))
        .Where(parts => parts.Length >= 3 && parts[1] == suite && parts[2].StartsWith(InlineKey, StringComparison.Ordinal))
        .Select(parts => int.TryParse(parts[0], out var tag) && ReadKey(parts[2][InlineKey.Length..], keyBytes) is { } key ? new SdpCrypto(tag, suite, key) : null)
        .FirstOrDefault();

    // Lifetime and key identifier may follow behind a bar; some leave out the padding.
    private static byte[]? ReadKey(string inline, int bytes)
    {
        var text = inline.Split('|')[0].TrimEnd('=');
        var key = new byte[bytes];
        return Convert.TryFromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='), key, out var written) && written == bytes ? key : null;
    }

    private static string[] Lines(string sdp) => sdp.Split('\n', StringSplitOptions.TrimEntries);
}
