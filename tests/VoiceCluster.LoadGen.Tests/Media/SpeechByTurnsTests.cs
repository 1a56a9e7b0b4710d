using VoiceCluster.LoadGen.Media;
using VoiceCluster.LoadGen.Native;

namespace VoiceCluster.LoadGen.Tests.Media;

public sealed class SpeechByTurnsTests
{
    [Fact]
    public void People_talk_two_fifths_of_the_time_in_spells()
    {
        const int Turns = 200_000;
        var counted = new CountedSource();
        var speech = new SpeechByTurns(counted, seed: 1);
        using var slots = new DatagramSlots(1);
        var (spells, wasTalking) = (0, false);
        for (var turn = 1; turn <= Turns; turn++)
        {
            var before = counted.Written;
            speech.WriteNext(slots, turn * 20_000_000L);
            var talks = counted.Written > before;
            spells += talks && !wasTalking ? 1 : 0;
            wasTalking = talks;
        }

        (counted.Written / (double)Turns).ShouldBe(0.4, tolerance: 0.05);
        spells.ShouldBeInRange(Turns / 200, Turns / 80);
    }

    private sealed class CountedSource : IPacketSource
    {
        public int Written { get; private set; }

        public void WriteNext(DatagramSlots slots, long unixNanoseconds) => Written++;
    }
}
