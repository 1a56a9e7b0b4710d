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
    /// Moves a session to another holder: raises its generation and hands over what is to be replayed.
    /// </summary>
    Task<LvspResumeResult> ResumeSessionAsync(LvspResume resume, DateTimeOffset now, CancellationToken cancellation);

    /// <summary>
    /// Takes the session's next number, builds the frame with it and keeps it for replay, in one step.
    /// </summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="info">The INFO frame's body: the <c>d</c> object as JSON.</param>
    /// <param name="now">Wall clock, for how long the frame is kept.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Null when the session is gone.</returns>
    Task<LvspAppended?> AppendAsync(string sessionId, ReadOnlyMemory<byte> info, DateTimeOffset now, CancellationToken cancellation);

    /// <summary>The kept frames after a number, in order: what a holder has not sent yet.</summary>
    Task<ImmutableArray<LvspNumberedFrame>> ReadAsync(string sessionId, long after, CancellationToken cancellation);

    /// <summary>
    /// Stores what a holder numbered and sent while the store was away. What others appended and nobody has sent moves behind it.
    /// </summary>
    /// <returns>False when the session has another generation by now, or is gone: the numbers were given in vain.</returns>
    Task<bool> MergeAsync(LvspUnstored unstored, DateTimeOffset now, CancellationToken cancellation);

    /// <summary>Forgets what the client has seen.</summary>
    Task AcknowledgeAsync(string sessionId, long sequence, CancellationToken cancellation);

    /// <summary>Remembers the form that the session used last.</summary>
    Task SetFormAsync(string sessionId, LvspForm form, CancellationToken cancellation);

    /// <summary>The socket is gone; the session may be resumed until <paramref name="expiresAt"/>. Ignored for an older generation.</summary>
    Task DetachAsync(string sessionId, long generation, DateTimeOffset expiresAt, CancellationToken cancellation);

    /// <summary>A node's sockets are all gone, because it has ended: each session it held may be resumed until <paramref name="expiresAt"/>.</summary>
    Task DetachHoldersAsync(NodeId node, DateTimeOffset expiresAt, CancellationToken cancellation);

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
public sealed record LvspResume(string? TokenHash, Realm? Realm, string? SessionId, long Sequence, GatewayAddress Holder);

/// <summary>Frames that were sent without having been stored.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="Generation">The sender's generation.</param>
/// <param name="After">The last number that was both stored and sent.</param>
/// <param name="First">The number of the first body; above <paramref name="After"/> + 1 when the oldest were given up.</param>
/// <param name="Bodies">What was sent, in order: the <c>d</c> objects as JSON.</param>
public sealed record LvspUnstored(string SessionId, long Generation, long After, long First, ImmutableArray<ReadOnlyMemory<byte>> Bodies)
{
    /// <summary>
    /// What follows the sent frames: of those that were stored but not sent, all but the ones that are among the sent. An append whose answer
    /// was lost may have taken effect, and its frame was then sent under a number of the holder's own.
    /// </summary>
    /// <param name="unsent">Bodies stored after <see cref="After"/>, in order.</param>
    public ImmutableArray<ReadOnlyMemory<byte>> Follow(IEnumerable<ReadOnlyMemory<byte>> unsent)
    {
        var sent = Bodies.ToList();
        var following = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
        foreach (var body in unsent)
        {
            var same = sent.FindIndex(other => other.Span.SequenceEqual(body.Span));
            if (same >= 0)
            {
                sent.RemoveAt(same);
            }
            else
            {
                following.Add(body);
            }
        }

        return following.DrainToImmutable();
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
    public sealed record CannotReplay : LvspResumeResult;

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
