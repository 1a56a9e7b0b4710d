using System.Collections.Immutable;

namespace VoiceCluster.Protocol.Lvsp;

/// <summary>What an <see cref="LvspConnection"/> wants done, or tells its owner.</summary>
public abstract record LvspOutput
{
    private LvspOutput()
    {
    }

    /// <summary>Send a text frame; report it with <see cref="LvspConnection.HandleSent"/> when the socket has taken it.</summary>
    public sealed record SendText(ReadOnlyMemory<byte> Frame) : LvspOutput;

    /// <summary>Send a WebSocket ping.</summary>
    public sealed record SendPing : LvspOutput;

    /// <summary>Close the WebSocket, within a deadline whatever still waits to be sent. Always the last output.</summary>
    public sealed record Close(LvspCloseCode Code, string Reason) : LvspOutput;

    /// <summary>IDENTIFY was good: answer with <see cref="LvspConnection.AcceptIdentify"/> or <see cref="LvspConnection.Reject"/>.</summary>
    /// <param name="Realm">The realm of the secret.</param>
    /// <param name="TokenHash">What the session is found by on RESUME, see <see cref="LvspToken.Hash"/>.</param>
    public sealed record Authenticated(string Realm, string TokenHash) : LvspOutput;

    /// <summary>RESUME: answer with <see cref="LvspConnection.AcceptResume"/> or <see cref="LvspConnection.RejectResume"/>.</summary>
    public sealed record ResumeRequested(LvspResumeRequest Request) : LvspOutput;

    /// <summary>A request, in the order of arrival.</summary>
    public sealed record RequestReceived(LvspRequest Request) : LvspOutput;

    /// <summary>The backend has seen everything up to this number, which was sent.</summary>
    public sealed record Acknowledged(long SequenceNumber) : LvspOutput;

    /// <summary>A message was passed over; to be counted, and logged.</summary>
    public sealed record MessageSkipped(LvspFrame.Skipped Message) : LvspOutput;
}

/// <summary>Which session a RESUME wants back.</summary>
/// <param name="TokenHash">A session whose IDENTIFY had this token is meant, unless the next two name one.</param>
/// <param name="VerifiedRealm">The realm, when the token was made for this very connection and a session is named; else null.</param>
/// <param name="SessionId">The name of the session meant, in <paramref name="VerifiedRealm"/>; null when the token hash counts.</param>
/// <param name="SequenceNumber">For <see cref="LvspOutbox.TryReplay"/>; null when it was no number.</param>
public sealed record LvspResumeRequest(string TokenHash, string? VerifiedRealm, string? SessionId, long? SequenceNumber)
{
    /// <summary>Whether a session is the one meant; compare with this and nothing else.</summary>
    public bool Names(string realm, string sessionId, string identifyTokenHash) => VerifiedRealm is null
        ? string.Equals(identifyTokenHash, TokenHash, StringComparison.Ordinal)
        : string.Equals(realm, VerifiedRealm, StringComparison.Ordinal) && string.Equals(sessionId, SessionId, StringComparison.Ordinal);

    /// <summary>Without what the backend proved itself with.</summary>
    public override string ToString() => $"{nameof(LvspResumeRequest)} {{ VerifiedRealm = {VerifiedRealm}, SequenceNumber = {SequenceNumber} }}";
}

/// <summary>A session that goes on over this connection.</summary>
/// <param name="SessionId">Its name.</param>
/// <param name="Messages">What <see cref="LvspOutbox.TryReplay"/> found: whole frames, with their numbers in them.</param>
/// <param name="HighestSent">The highest number the session has given out.</param>
/// <param name="Form">The form the backend used last in it, if any.</param>
public sealed record LvspResumption(
    string SessionId,
    ImmutableArray<ReadOnlyMemory<byte>> Messages,
    long HighestSent,
    LvspForm? Form);
