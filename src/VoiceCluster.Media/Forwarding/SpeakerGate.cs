using VoiceCluster.Domain.Media;
using VoiceCluster.Media.Sessions;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Media.Forwarding;

/// <summary>Lets through whom a channel's <see cref="SpeakerSelection"/> chose, and tells control of those it silences while they talk.</summary>
internal sealed class SpeakerGate(WorkerContext context)
{
    private readonly WorkerContext _context = context;

    /// <summary>Judges an authentic voice packet that all else lets through.</summary>
    /// <param name="selection">The channel's.</param>
    /// <param name="session">Whose packet it is.</param>
    /// <param name="source">On which source.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="sequence">Its extended number; one that is not heard leaves no gap.</param>
    public SpeakerVerdict Judge(SpeakerSelection selection, MediaSession session, MediaSource source, RtpView packet, long sequence)
    {
        var speaker = session.Speaker ??= new Speaker();
        var speech = Speech.Of(packet);
        var verdict = selection.Hear(speaker, speech, _context.Now);
        if (verdict == SpeakerVerdict.Unheard)
        {
            source.Continuity.DropThrough(sequence);
            TellUnheard(speaker, speech, session, source);
        }
        else if (verdict == SpeakerVerdict.Heard && speaker.IsToldUnheard)
        {
            speaker.IsToldUnheard = false;
            _context.Tell(new MediaEdge.SourceHeard(session.Id, source.Ssrc, IsHeard: true));
        }

        return verdict;
    }

    private void TellUnheard(Speaker speaker, Speech speech, MediaSession session, MediaSource source)
    {
        if (speech.IsVoice && !speaker.IsToldSinceBeginning && _context.Now - speaker.Since >= SpeakerSelection.Attack)
        {
            speaker.IsToldSinceBeginning = true;
            speaker.IsToldUnheard = true;
            _context.Tell(new MediaEdge.SourceHeard(session.Id, source.Ssrc, IsHeard: false));
        }
    }
}
