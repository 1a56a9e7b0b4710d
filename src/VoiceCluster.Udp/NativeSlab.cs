using System.Runtime.InteropServices;

namespace VoiceCluster.Udp;

internal static unsafe class NativeSlab
{
    /// <summary>
    /// Bytes from one slot to the next: an odd number of cache lines. At a plain 2,048 the heads of all slots would share two sets of
    /// the first-level cache and push each other out.
    /// </summary>
    public const int Stride = ReceiveBatch.SlotSize + 64;

    public static byte* Allocate(int bytes)
    {
        var memory = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 64);
        NativeMemory.Clear(memory, (nuint)bytes);
        return memory;
    }
}
