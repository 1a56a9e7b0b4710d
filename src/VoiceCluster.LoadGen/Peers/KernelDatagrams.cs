namespace VoiceCluster.LoadGen.Peers;

/// <summary>The kernel's count of UDP datagrams sent in this network namespace, by whomever.</summary>
internal static class KernelDatagrams
{
    private const string Statistics = "/proc/net/snmp";

    /// <summary>Datagrams sent since the machine started.</summary>
    public static long ReadSent() => ParseSent(File.ReadAllText(Statistics));

    /// <summary>Finds OutDatagrams in the two lines for UDP: one of names, one of values.</summary>
    /// <exception cref="InvalidDataException">It is not there: the kernel is not one we know.</exception>
    public static long ParseSent(string statistics)
    {
        var lines = statistics.Split('\n').Where(line => line.StartsWith("Udp:", StringComparison.Ordinal)).Select(line => line.Split(' ')).ToArray();
        if (lines is [var names, var values, ..]
            && Array.IndexOf(names, "OutDatagrams") is var column and > 0
            && column < values.Length
            && long.TryParse(values[column], out var sent))
        {
            return sent;
        }

        throw new InvalidDataException($"{Statistics} tells no number of UDP datagrams sent.");
    }
}
