namespace VoiceCluster.Udp.Linux;

// cpu_set_t of the C library: one bit per core.
internal static class CoreMask
{
    public const int Cores = 1024;
    public const int WordBits = 64;
    public const int Words = Cores / WordBits;
    public const int Bytes = Cores / 8;
}
