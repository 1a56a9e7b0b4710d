using System.Collections.Immutable;

namespace VoiceCluster.Protocol.Lvsp;

/// <summary>An INFO with its number in it, ready to send.</summary>
/// <param name="SequenceNumber">The root <c>s</c>, from 1.</param>
/// <param name="Frame">The whole text frame; never changed.</param>
public readonly record struct LvspNumberedFrame(long SequenceNumber, ReadOnlyMemory<byte> Frame);

/// <summary>A frame in the outbox and when it got there.</summary>
public readonly record struct LvspOutboxEntry(DateTimeOffset AppendedAt, LvspNumberedFrame Numbered);

/// <summary>An outbox as stored, to go on with on this node or another.</summary>
public sealed record LvspOutboxSnapshot(long Generation, long HighestSent, ImmutableArray<LvspOutboxEntry> Entries);

/// <summary>What one session has sent and may have to send again. It outlives sockets.</summary>
/// <remarks>
/// <para>Numbers run 1, 2, 3, … without a gap, sent or not: a frame appended while the session has no socket waits here.</para>
/// <para>
/// At most <see cref="MaxMessages"/> are kept, none longer than <see cref="MaxAge"/>, and none that the backend has confirmed.
/// Times are wall clock, because a session may go on in another process.
/// </para>
/// <para>Not thread safe: belongs to the session's owner. Source: LVSP "Sequence numbers and RESUME".</para>
/// </remarks>
public sealed class LvspOutbox
{
    /// <summary>Messages kept: some minutes of a busy backend, and the most a replay sends.</summary>
    public const int MaxMessages = 1024;

    /// <summary>How long a message is kept.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(5);

    private readonly Queue<LvspOutboxEntry> _entries = new();

    /// <summary>An empty outbox of a new session.</summary>
    public LvspOutbox()
    {
    }

    /// <summary>Goes on with a stored one.</summary>
    /// <param name="snapshot">Entries in rising, gapless order that end with the highest number sent.</param>
    /// <exception cref="ArgumentException">The entries are not in that order.</exception>
    public LvspOutbox(LvspOutboxSnapshot snapshot)
    {
        var expected = snapshot.HighestSent - snapshot.Entries.Length;
        foreach (var entry in snapshot.Entries)
        {
            if (entry.Numbered.SequenceNumber != ++expected)
            {
                throw new ArgumentException("The stored outbox has a gap.", nameof(snapshot));
            }

            _entries.Enqueue(entry);
        }

        Generation = snapshot.Generation;
        HighestSent = snapshot.HighestSent;
    }

    /// <summary>Raised by every socket or node that takes the session over; the owner of a lower one has lost it.</summary>
    public long Generation { get; private set; }

    /// <summary>The last number given out; 0 at first.</summary>
    public long HighestSent { get; private set; }

    /// <summary>Messages kept now.</summary>
    public int Count => _entries.Count;

    /// <summary>Begins the next generation and returns its number.</summary>
    public long NextGeneration() => ++Generation;

    /// <summary>Numbers and keeps an INFO.</summary>
    /// <param name="body">As <see cref="LvspNoticeWriter"/> wrote it; copied.</param>
    /// <param name="now">Wall clock.</param>
    public LvspNumberedFrame Append(ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        HighestSent++;
        var numbered = new LvspNumberedFrame(HighestSent, LvspServerFrames.Info(HighestSent, body));
        _entries.Enqueue(new LvspOutboxEntry(now, numbered));
        Prune(now);
        return numbered;
    }

    /// <summary>Writes, numbers and keeps a notice; uses no number when there is nothing to send.</summary>
    /// <returns>False when the form cannot say it, as <see cref="LvspNoticeWriter.TryWriteBody"/>.</returns>
    public bool TryAppend(
        LvspNotice notice,
        LvspForm form,
        bool litecordCompatibility,
        DateTimeOffset now,
        out LvspNumberedFrame numbered)
    {
        var written = LvspNoticeWriter.TryWriteBody(notice, form, litecordCompatibility, out var body);
        numbered = written ? Append(body.Span, now) : default;
        return written;
    }

    /// <summary>Forgets everything up to a number that the backend says it has seen; numbers not given out yet change nothing more.</summary>
    public void Forget(long upTo)
    {
        while (_entries.TryPeek(out var oldest) && oldest.Numbered.SequenceNumber <= upTo)
        {
            _entries.Dequeue();
        }
    }

    /// <summary>Forgets what is too old or too much.</summary>
    public void Prune(DateTimeOffset now)
    {
        while (_entries.TryPeek(out var oldest) && (_entries.Count > MaxMessages || now - oldest.AppendedAt > MaxAge))
        {
            _entries.Dequeue();
        }
    }

    /// <summary>Finds what a RESUME has to send again.</summary>
    /// <param name="sequenceNumber">The last number the backend has seen, 0 for none; null when its <c>seq</c> was no number.</param>
    /// <param name="now">Wall clock.</param>
    /// <param name="messages">The frames of everything after it, in order; empty after a failure.</param>
    /// <returns>False, for close 4000 "cannot replay": no number, negative, above the highest sent, or older than what is kept.</returns>
    public bool TryReplay(long? sequenceNumber, DateTimeOffset now, out ImmutableArray<ReadOnlyMemory<byte>> messages)
    {
        Prune(now);
        messages = [];
        if (sequenceNumber is not { } seen || seen < HighestSent - _entries.Count || seen > HighestSent)
        {
            return false;
        }

        messages = [.. _entries.Where(entry => entry.Numbered.SequenceNumber > seen).Select(entry => entry.Numbered.Frame)];
        return true;
    }

    /// <summary>Everything kept after a number, in order. It copies no more than that, as it is read after every append.</summary>
    public ImmutableArray<LvspNumberedFrame> After(long sequenceNumber)
    {
        var skipped = Math.Max(0, sequenceNumber - (HighestSent - _entries.Count));
        if (skipped >= _entries.Count)
        {
            return [];
        }

        var after = ImmutableArray.CreateBuilder<LvspNumberedFrame>(_entries.Count - (int)skipped);
        foreach (var entry in _entries)
        {
            if (entry.Numbered.SequenceNumber > sequenceNumber)
            {
                after.Add(entry.Numbered);
            }
        }

        return after.MoveToImmutable();
    }

    /// <summary>What to store.</summary>
    public LvspOutboxSnapshot ToSnapshot() => new(Generation, HighestSent, [.. _entries]);
}
