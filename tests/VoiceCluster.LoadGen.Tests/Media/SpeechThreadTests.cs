using VoiceCluster.LoadGen.Media;
using VoiceCluster.LoadGen.Native;

namespace VoiceCluster.LoadGen.Tests.Media;

public sealed class SpeechThreadTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(SpeechThread.LongestBurst)]
    public void Speakers_take_turns_and_send_a_burst_in_each(int burst)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var socket = new UserSocket(FreePorts.Take());
        using var enough = new CountdownEvent(4 * burst);
        var said = new List<int>();
        IPacketSource[] speakers = [new Speaker(0, said, enough), new Speaker(1, said, enough)];

        using (new SpeechThread(socket, speakers, packetsPerSecond: 10_000, burst))
        {
            enough.Wait(Deadline).ShouldBeTrue();
        }

        said.Take(4 * burst).ShouldBe(Enumerable.Range(0, 4).SelectMany(turn => Enumerable.Repeat(turn % 2, burst)));
        (said.Count % burst).ShouldBe(0);
    }

    /// <summary>Notes his turns and sends nothing.</summary>
    private sealed class Speaker(int number, List<int> said, CountdownEvent enough) : IPacketSource
    {
        public void WriteNext(DatagramSlots slots, long unixNanoseconds)
        {
            said.Add(number);
            if (!enough.IsSet)
            {
                enough.Signal();
            }
        }
    }
}
