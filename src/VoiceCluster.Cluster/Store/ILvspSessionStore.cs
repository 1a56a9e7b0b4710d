using System.Collections.Immutable;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Cluster.Store;

/// <summary>LVSP sessions with their numbering and outbox: they outlive their socket, and any node may append to them.</summary>
/// <remarks>Source: LVSP "Sequence numbers and RESUME".</remarks>
public interface ILvspSessionStore
{
    /// <summary>Begins a session held by <paramref name="session"/>'s holder, at generation 1 and sequence number 0.</summary>
    /// <returns>False when the realm has as many live sessions as <paramref name="limit"/> allows.</returns>
    Task<bool> CreateSessionAsync(LvspSessionRecord session, int limit, CancellationToken cancellation);

    /// <summary>
    /// Moves a session to another holder: raises its generation and hands over what is to be replayed. Changes nothing while somebody holds it who
    /// has not been asked yet.
    /// </summary>
    Task<LvspResumeResult> ResumeSessionAsync(LvspResume resume, DateTimeOffset now, CancellationToken cancellation);

    /// <summary>Says that a session's socket is still there. A session that was taken for lost is attached again, one that is gone is made anew.</summary>
    /// <param name="session">As its holder knows it.</param>
    /// <param name="stored">The last number that the holder knows to be stored: where a session made anew goes on.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The highest number given out; null when the session has another generation by now.</returns>
    Task<long?> HoldAsync(LvspSessionRecord session, long stored, CancellationToken cancellation);

    /// <summary>
    /// Takes the session's next number, builds the frame with it and keeps it for replay, in one step.
    /// </summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="append">What to keep. One that was kept before is found again and keeps its number.</param>
    /// <param name="now">Wall clock, for how long the frame is kept.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Null when the session is gone.</returns>
    Task<LvspAppended?> AppendAsync(string sessionId, LvspAppend append, DateTimeOffset now, CancellationToken cancellation);

    /// <summary>The kept frames after a number, in order: what a holder has not sent yet.</summary>
    Task<ImmutableArray<LvspNumberedFrame>> ReadAsync(string sessionId, long after, CancellationToken cancellation);

    /// <summary>
    /// Stores what a holder numbered and sent while the store was away, and holds the session as <see cref="HoldAsync"/> does. What others appended
    /// and nobody has sent moves behind it.
    /// </summary>
    /// <returns>False when the session has another generation by now: the numbers were given in vain.</returns>
    Task<bool> MergeAsync(LvspUnstored unstored, DateTimeOffset now, CancellationToken cancellation);

    /// <summary>Forgets what the client has seen.</summary>
    Task AcknowledgeAsync(string sessionId, long sequence, CancellationToken cancellation);

    /// <summary>Remembers the form that the session used last.</summary>
    Task SetFormAsync(string sessionId, LvspForm form, CancellationToken cancellation);

    /// <summary>The socket is gone; the session may be resumed until <paramref name="expiresAt"/>. Ignored for an older generation.</summary>
    Task DetachAsync(string sessionId, long generation, DateTimeOffset expiresAt, CancellationToken cancellation);

    /// <summary>
    /// A node's sockets are all gone, because it has ended: each session it held may be resumed until <paramref name="expiresAt"/>, except from
    /// numbers above the highest stored, which only the node can have given out.
    /// </summary>
    Task DetachHoldersAsync(NodeId node, DateTimeOffset expiresAt, CancellationToken cancellation);

    /// <summary>The same for every session whose holder is a node that does not live: it was declared dead, has left or was never there.</summary>
    Task DetachLostHoldersAsync(DateTimeOffset expiresAt, CancellationToken cancellation);

    /// <summary>The session to tell something: the preferred one if it lives, else any of the realm, attached ones first.</summary>
    Task<LvspSessionRecord?> FindSessionAsync(Realm realm, string? preferredSessionId, DateTimeOffset now, CancellationToken cancellation);
}

/// <summary>A session's row.</summary>
/// <param name="SessionId">Its name, told in READY.</param>
/// <param name="Realm">The realm of the secret it identified with.</param>
/// <param name="TokenHash">SHA-256 of the IDENTIFY token, in hex.</param>
/// <param name="Form">The form it used last; null for none yet.</param>
/// <param name="LitecordCompatible">Whether it connected for an unmodified Litecord.</param>
/// <param name="Generation">Raised by each resume; a holder of an older one has lost the session.</param>
/// <param name="Holder">The actor with the socket; meaningless while detached.</param>
/// <param name="ExpiresAt">Null while attached.</param>
public sealed record LvspSessionRecord(
    string SessionId,
    Realm Realm,
    string TokenHash,
    LvspForm? Form,
    bool LitecordCompatible,
    long Generation,
    GatewayAddress Holder,
    DateTimeOffset? ExpiresAt);

/// <summary>Asks for a session by its first token's hash, or by its id within a realm that was proven anew.</summary>
/// <param name="TokenHash">The hash; null to name the session.</param>
/// <param name="Realm">The proven realm; null with a hash.</param>
/// <param name="SessionId">The session; null with a hash.</param>
/// <param name="Sequence">The last number that the backend has seen.</param>
/// <param name="Holder">Who asks.</param>
/// <param name="IsSettled">Whether the present holder has stored all that it has numbered, or cannot be asked to.</param>
public sealed record LvspResume(
    string? TokenHash,
    Realm? Realm,
    string? SessionId,
    long Sequence,
    GatewayAddress Holder,
    bool IsSettled = false);

/// <summary>A frame to be numbered and kept.</summary>
/// <param name="Id">Names this append among those of its session, so that one whose answer was lost can be repeated.</param>
/// <param name="Info">The INFO frame's body: the <c>d</c> object as JSON. Not changed afterwards.</param>
public readonly record struct LvspAppend(long Id, ReadOnlyMemory<byte> Info)
{
    /// <summary>A new append of a body.</summary>
    public static LvspAppend Of(ReadOnlyMemory<byte> info) => new(Random.Shared.NextInt64(), info);
}

/// <summary>Frames that were sent without having been stored.</summary>
/// <param name="Session">The session as its holder, the sender, knows it.</param>
/// <param name="After">The last number that was both stored and sent.</param>
/// <param name="First">The number of the first append; above <paramref name="After"/> + 1 when the oldest were given up.</param>
/// <param name="Appends">What was sent, in order.</param>
public sealed record LvspUnstored(LvspSessionRecord Session, long After, long First, ImmutableArray<LvspAppend> Appends)
{
    /// <summary>Whether nothing was given up between what is stored and the first of these.</summary>
    public bool IsGapless => First == After + 1;

    /// <summary>
    /// What follows the sent frames: of those that were stored but not sent, all but the ones that are among the sent. An append whose answer
    /// was lost may have taken effect, and its frame was then sent under a number of the holder's own.
    /// </summary>
    /// <param name="unsent">Stored after <see cref="After"/>, in order.</param>
    public ImmutableArray<LvspAppend> Follow(IEnumerable<LvspAppend> unsent)
    {
        var sent = Appends.Select(append => append.Id).ToHashSet();
        return [.. unsent.Where(append => !sent.Contains(append.Id))];
    }
}

/// <summary>How a resume went.</summary>
public abstract record LvspResumeResult
{
    private LvspResumeResult()
    {
    }

    /// <summary>No such session, or expired.</summary>
    public sealed record Unknown : LvspResumeResult;

    /// <summary>The session lives but does not keep everything after that number.</summary>
    /// <param name="IsAhead">The number is above all that are stored.</param>
    public sealed record CannotReplay(bool IsAhead) : LvspResumeResult;

    /// <summary>Another holder has the session, and may have numbered by itself what the store does not know yet: it is to be asked first.</summary>
    /// <param name="Session">The row as it is.</param>
    public sealed record Held(LvspSessionRecord Session) : LvspResumeResult;

    /// <summary>Resumed.</summary>
    /// <param name="Session">The row as it is now.</param>
    /// <param name="Highest">The highest number sent.</param>
    /// <param name="Replay">The whole frames to send again, in order.</param>
    /// <param name="Previous">The holder that still had a socket, to be told.</param>
    public sealed record Resumed(
        LvspSessionRecord Session,
        long Highest,
        ImmutableArray<LvspNumberedFrame> Replay,
        GatewayAddress? Previous) : LvspResumeResult;
}

/// <summary>A frame that was numbered and kept.</summary>
public sealed record LvspAppended(LvspSessionRecord Session, LvspNumberedFrame Numbered);
