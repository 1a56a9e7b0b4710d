using System.Globalization;
using System.Net;

namespace VoiceCluster.LoadGen.Chaos.Wires;

/// <summary>Tells which process of this machine a TCP connection comes from.</summary>
/// <remarks>On loopback all nodes dial from the same address, so only the kernel's tables tell them apart: proc(5), <c>/proc/net/tcp</c> and <c>/proc/PID/fd</c>.</remarks>
internal static class SocketOwners
{
    private const int LocalAddressColumn = 1;
    private const int InodeColumn = 9;

    /// <summary>Finds the one among these processes that has a socket with this local end.</summary>
    /// <param name="local">The connection's end at the process: what the accepting side sees as its remote end.</param>
    /// <param name="processes">Process ids; 0 for none.</param>
    /// <returns>The process's place in the list; −1 if it is none of them.</returns>
    public static int Find(IPEndPoint local, ReadOnlySpan<int> processes)
    {
        if (FindInode(local) is not { } inode)
        {
            return -1;
        }

        var name = $"socket:[{inode}]";
        for (var i = 0; i < processes.Length; i++)
        {
            if (processes[i] != 0 && Holds(processes[i], name))
            {
                return i;
            }
        }

        return -1;
    }

    private static string? FindInode(IPEndPoint local)
    {
        var port = local.Port.ToString("X4", CultureInfo.InvariantCulture);
        var ipv4 = BitConverter.ToUInt32(local.Address.MapToIPv4().GetAddressBytes()).ToString("X8", CultureInfo.InvariantCulture);
        // Sockets of both families may carry an IPv4 connection; the last part of a mapped address is the same text.
        return FindIn("/proc/net/tcp", ipv4, port) ?? FindIn("/proc/net/tcp6", ipv4, port);
    }

    private static string? FindIn(string table, string address, string port)
    {
        foreach (var line in File.ReadLines(table))
        {
            var columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length > InodeColumn && columns[LocalAddressColumn].EndsWith($"{address}:{port}", StringComparison.Ordinal) && columns[InodeColumn] != "0")
            {
                return columns[InodeColumn];
            }
        }

        return null;
    }

    private static bool Holds(int process, string name)
    {
        try
        {
            return Directory.EnumerateFiles($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/fd")
                .Any(descriptor => File.ResolveLinkTarget(descriptor, returnFinalTarget: false)?.Name == name);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It has just ended.
            return false;
        }
    }
}
