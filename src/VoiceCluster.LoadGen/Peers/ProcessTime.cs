namespace VoiceCluster.LoadGen.Peers;

/// <summary>The processor time of a process, as the scheduler keeps it for each thread: exact to the nanosecond, user and system.</summary>
internal static class ProcessTime
{
    /// <summary>The sum over the threads it has now; 0 when it has ended.</summary>
    public static long ReadNanoseconds(int process)
    {
        var tasks = $"/proc/{process}/task";
        return Directory.Exists(tasks) ? Directory.EnumerateDirectories(tasks).Sum(OfThread) : 0;
    }

    /// <summary>Takes the first of the three numbers of a schedstat file: time on a processor.</summary>
    public static long Parse(string schedstat) => long.TryParse(schedstat.Split(' ')[0], out var nanoseconds) ? nanoseconds : 0;

    private static long OfThread(string directory)
    {
        try
        {
            return Parse(File.ReadAllText(Path.Combine(directory, "schedstat")));
        }
        catch (IOException)
        {
            // The thread has just ended.
            return 0;
        }
    }
}
