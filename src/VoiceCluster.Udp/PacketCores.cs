using System.Globalization;
using VoiceCluster.Udp.Linux;

namespace VoiceCluster.Udp;

/// <summary>Leaves cores to packet loops.</summary>
public static class PacketCores
{
    private const string Threads = "/proc/self/task";

    /// <summary>Moves all threads of this process off cores; those that they start from then on stay off too. Packet loops pin themselves back.</summary>
    /// <remarks>To be called before there are packet loops, since it moves those as well.</remarks>
    /// <param name="cores">Counted from 0; cores that do not exist are passed over.</param>
    /// <returns>False where nothing was changed: no cores are named, none would be left, or the system does not permit it.</returns>
    public static unsafe bool Reserve(IEnumerable<int> cores)
    {
        if (!LinuxDatagramSocket.IsSupported)
        {
            return false;
        }

        var mask = stackalloc ulong[CoreMask.Words];
        if (LibC.GetAffinity(0, CoreMask.Bytes, mask) < 0 || !TryRemove(cores, new Span<ulong>(mask, CoreMask.Words)))
        {
            return false;
        }

        var isMoved = true;
        foreach (var thread in Directory.EnumerateDirectories(Threads))
        {
            // One that has just ended needs no moving.
            isMoved &= LibC.SetAffinity(int.Parse(Path.GetFileName(thread), CultureInfo.InvariantCulture), CoreMask.Bytes, mask) == 0 || !Directory.Exists(thread);
        }

        return isMoved;
    }

    /// <summary>Takes cores out of a mask, unless none would be left or none is in it.</summary>
    internal static bool TryRemove(IEnumerable<int> cores, Span<ulong> mask)
    {
        Span<ulong> rest = stackalloc ulong[CoreMask.Words];
        mask.CopyTo(rest);
        var isNamed = false;
        foreach (var core in cores.Where(core => core is >= 0 and < CoreMask.Cores))
        {
            isNamed = true;
            rest[core / CoreMask.WordBits] &= ~(1UL << (core % CoreMask.WordBits));
        }

        if (!isNamed || !rest.ContainsAnyExcept(0UL))
        {
            return false;
        }

        rest.CopyTo(mask);
        return true;
    }
}
