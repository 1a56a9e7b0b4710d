namespace VoiceCluster.Udp.Linux;

/// <summary>Which neighbouring datagrams of a batch can be one message, which the kernel cuts apart again (UDP_SEGMENT; see udp(7)).</summary>
/// <remarks>
/// All of a group go to one receiver. The kernel is told one length, and cuts every so many bytes: only the last one may be shorter, and none may be empty.
/// </remarks>
internal static unsafe class DatagramGroup
{
    /// <summary>How many datagrams a message holds at most. Newer kernels take more, which brings nothing any more.</summary>
    public const int MaximumDatagrams = 64;

    /// <summary>How many bytes a message holds at most: what an IP packet does without its own header and that of UDP.</summary>
    public const int MaximumBytes = ushort.MaxValue - 20 - 8;

    /// <summary>Whether any two neighbours have the same receiver. Without, there is nothing to look for in the batch.</summary>
    public static bool IsAnyIn(SendBatch batch)
    {
        var names = batch.Names;
        for (var i = 1; i < batch.Count; i++)
        {
            if (names[i].Receiver == names[i - 1].Receiver)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>How many datagrams from one on can be one message, at least 1.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="first">Counted from 0.</param>
    public static int Measure(SendBatch batch, int first)
    {
        var receiver = batch.Names[first].Receiver;
        var segment = batch.Vectors[first].Length;
        var bytes = segment;
        var isOpen = segment > 0;
        var end = first + 1;
        for (var limit = Math.Min(batch.Count, first + MaximumDatagrams); isOpen && end < limit && batch.Names[end].Receiver == receiver; end++)
        {
            var length = batch.Vectors[end].Length;
            bytes += length;
            if (length == 0 || length > segment || bytes > MaximumBytes)
            {
                break;
            }

            isOpen = length == segment;
        }

        return end - first;
    }
}
