using VoiceCluster.Client.Voice;
using VoiceCluster.LoadGen.Media;

namespace VoiceCluster.LoadGen.Chaos.Users;

/// <summary>The voice of a user who talks without a pause, whatever becomes of the connection. One thread speaks; any may switch the connection.</summary>
/// <param name="speaker">Which speaker of the whole run, from 0.</param>
internal sealed class ChaosSpeaker(int speaker)
{
    /// <summary>The length of a frame's payload.</summary>
    public const int PayloadLength = 80;

    private readonly Lock _gate = new();
    private readonly byte[] _payload = NewPayload();
    private VoiceClient? _client;
    private SpeakerPosition _position;

    /// <summary>Which speaker of the whole run, from 0.</summary>
    public int Number => speaker;

    /// <summary>How far it has come.</summary>
    public SpeakerPosition Position
    {
        get
        {
            lock (_gate)
            {
                return _position;
            }
        }
    }

    /// <summary>Over which connection frames go from now on; null for none: then they are numbered and not sent.</summary>
    public void Use(VoiceClient? client)
    {
        lock (_gate)
        {
            _client = client;
        }
    }

    /// <summary>Says the next frame.</summary>
    public void Speak(TimeSpan now)
    {
        lock (_gate)
        {
            SpeechPayload.Write(_payload, now.Ticks, speaker, (uint)_position.Next);
            var isSent = _client?.SendFrame(_payload) == true;
            _position = new SpeakerPosition(_position.Next + 1, _position.Sent + (isSent ? 1 : 0));
        }
    }

    private static byte[] NewPayload()
    {
        var payload = new byte[PayloadLength];
        SpeechPayload.WritePattern(payload);
        return payload;
    }
}

/// <summary>How far a speaker has come.</summary>
/// <param name="Next">The number of its next frame.</param>
/// <param name="Sent">How many frames it had a connection for.</param>
internal readonly record struct SpeakerPosition(long Next, long Sent);
