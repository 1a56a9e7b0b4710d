namespace VoiceCluster.LoadGen.Peers;

/// <summary>What speakers say.</summary>
internal static class PeerPayload
{
    /// <summary>Makes a payload without a zero byte, and without two equal blocks in a row.</summary>
    public static byte[] Create(int bytes) => [.. Enumerable.Range(0, bytes).Select(index => (byte)(1 + (index * 31 % 255)))];
}
