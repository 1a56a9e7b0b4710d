using System.Runtime.Intrinsics.X86;

namespace VoiceCluster.Crypto.Native;

/// <summary>Brings memory closer before it is needed.</summary>
internal static unsafe class CacheLines
{
    private const int Length = 64;

    /// <summary>Asks for the lines from one offset up to another; does nothing where the processor cannot be asked.</summary>
    public static void Prefetch(nint memory, int from, int to)
    {
        for (var offset = from; Sse.IsSupported && offset < to; offset += Length)
        {
            Sse.Prefetch0((byte*)memory + offset);
        }
    }
}
