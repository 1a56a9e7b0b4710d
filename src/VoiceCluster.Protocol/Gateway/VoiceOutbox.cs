using System.Collections.Immutable;

namespace VoiceCluster.Protocol.Gateway;

/// <summary>Numbers the messages of one session and keeps them for a resume. It outlives the sockets of the session.</summary>
/// <remarks>
/// Numbers are 16 bits, begin at 1 and skip 0, because clients take 0 for "none". Below version 8 nothing is numbered
/// and nothing is kept. What is kept is bounded by count and by bytes; the oldest go first. What the client has
/// acknowledged goes early, but for a short tail, in case it falls back behind its own acknowledgement.
/// Not thread-safe: it belongs to the owner of the session. Source: Discord "Voice Connections", Buffered Resume.
/// </remarks>
public sealed class VoiceOutbox(VoiceGatewayVersion version)
{
    /// <summary>The most messages kept.</summary>
    public const int MaxMessages = 512;

    /// <summary>The most bytes kept. Messages have about 100 bytes, so the count is met first unless lists of users are long.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>Messages kept although they were acknowledged.</summary>
    public const int AcknowledgedTail = 16;

    private const int SequenceCount = ushort.MaxValue;

    private readonly Queue<byte[]> _frames = new();
    private bool _anyDropped;

    /// <summary>The version the session was begun with; its messages are written for it.</summary>
    public VoiceGatewayVersion Version { get; } = version;

    /// <summary>The number of the newest message; 0 before the first.</summary>
    public ushort LastSequence { get; private set; }

    /// <summary>Messages kept now.</summary>
    public int Count => _frames.Count;

    /// <summary>Bytes kept now.</summary>
    public int Bytes { get; private set; }

    /// <summary>Messages that were dropped before the client acknowledged them, because too many were kept.</summary>
    public long Overflowed { get; private set; }

    /// <summary>Tells whether a socket of <paramref name="version"/> can continue the session: its messages must have the same form.</summary>
    public bool CanContinueAt(VoiceGatewayVersion version) => Version.HasSameEventsAs(version);

    /// <summary>Writes an event with the next number and keeps it.</summary>
    /// <returns>The message to send; empty if the event does not exist at this version.</returns>
    public ReadOnlyMemory<byte> Append(VoiceEvent voiceEvent)
    {
        if (!voiceEvent.ExistsAt(Version))
        {
            return default;
        }

        if (!Version.SequenceNumbers)
        {
            return VoiceServerFrames.Event(Version, voiceEvent);
        }

        LastSequence = LastSequence == ushort.MaxValue ? (ushort)1 : (ushort)(LastSequence + 1);
        var frame = VoiceServerFrames.Event(Version, voiceEvent, LastSequence);
        _frames.Enqueue(frame);
        Bytes += frame.Length;
        while (_frames.Count > MaxMessages || (Bytes > MaxBytes && _frames.Count > 1))
        {
            DropOldest();
            Overflowed++;
        }

        return frame;
    }

    /// <summary>Lets go of what the client says it has. Numbers that cannot be are ignored.</summary>
    public void Acknowledge(SequenceAck sequenceAck)
    {
        if (TryCountMissing(sequenceAck, out var missing))
        {
            while (_frames.Count > missing + AcknowledgedTail)
            {
                DropOldest();
            }
        }
    }

    /// <summary>The messages after the one the client received last, in order, as they were sent the first time.</summary>
    /// <returns>False if they are no longer all kept, or the client names a message that was never sent.</returns>
    public bool TryReplay(SequenceAck sequenceAck, out ImmutableArray<ReadOnlyMemory<byte>> frames)
    {
        frames = [];
        if (!Version.SequenceNumbers)
        {
            return true;
        }

        if (!TryCountMissing(sequenceAck, out var missing))
        {
            return false;
        }

        frames = [.. _frames.Skip(_frames.Count - missing).Select(frame => new ReadOnlyMemory<byte>(frame))];
        return true;
    }

    private bool TryCountMissing(SequenceAck sequenceAck, out int missing)
    {
        if (sequenceAck.Sequence != 0 && LastSequence != 0)
        {
            missing = (LastSequence - sequenceAck.Sequence + SequenceCount) % SequenceCount;
            if (missing < _frames.Count || (missing == _frames.Count && _anyDropped))
            {
                return true;
            }
        }

        missing = _frames.Count;
        return sequenceAck.MayBeNothing && !_anyDropped;
    }

    private void DropOldest()
    {
        Bytes -= _frames.Dequeue().Length;
        _anyDropped = true;
    }
}
