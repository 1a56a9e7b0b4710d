using VoiceCluster.LoadGen.Native;

namespace VoiceCluster.LoadGen.Media;

/// <summary>Somebody who talks for a while and is silent for a while, as people do: both times are random with the usual means.</summary>
/// <remarks>Source: ITU-T P.59, artificial conversational speech: about one second of talk, one and a half of silence.</remarks>
internal sealed class SpeechByTurns(IPacketSource speaker, int seed) : IPacketSource
{
    private const double TalkSeconds = 1.0;
    private const double SilenceSeconds = 1.5;

    private readonly Random _random = new(seed);
    private long _changesAt;
    private bool _talks;

    /// <inheritdoc />
    public void WriteNext(DatagramSlots slots, long unixNanoseconds)
    {
        if (unixNanoseconds >= _changesAt)
        {
            _talks = _changesAt == 0 ? _random.NextDouble() * (TalkSeconds + SilenceSeconds) < TalkSeconds : !_talks;
            var mean = _talks ? TalkSeconds : SilenceSeconds;
            _changesAt = unixNanoseconds + (long)(-Math.Log(1 - _random.NextDouble()) * mean * 1e9);
        }

        if (_talks)
        {
            speaker.WriteNext(slots, unixNanoseconds);
        }
    }
}
