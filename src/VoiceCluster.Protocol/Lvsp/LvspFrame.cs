using System.Text;

namespace VoiceCluster.Protocol.Lvsp;

/// <summary>Why a frame is not an LVSP message at all; closes with 4002.</summary>
public enum LvspDecodeError
{
    /// <summary>It is one.</summary>
    None,

    /// <summary>Not UTF-8, not one JSON value, or nested deeper than <see cref="LvspFrameReader.MaxDepth"/>.</summary>
    NotJson,

    /// <summary>JSON, but no object.</summary>
    NotAnObject,

    /// <summary><c>op</c> is missing or not written as an integer: <c>1.0</c> and <c>1e0</c> are not.</summary>
    NoOpcode,
}

/// <summary>Why an INFO or VST_REQUEST was passed over; the link lives.</summary>
public enum LvspSkipReason
{
    /// <summary>INFO without <c>data</c> and <c>info</c>.</summary>
    NoBody,

    /// <summary>A type that the form does not have.</summary>
    UnknownType,

    /// <summary>A type that only the server sends.</summary>
    ServerOnlyType,

    /// <summary>A field that is needed is missing or null.</summary>
    MissingField,

    /// <summary>A field has the wrong type or a value outside its range.</summary>
    WrongField,

    /// <summary>In order, but asks for nothing; not counted as a bad message.</summary>
    NothingToUpdate,
}

/// <summary>One message from a backend, as far as it could be read.</summary>
public abstract record LvspFrame
{
    private LvspFrame()
    {
    }

    /// <summary>IDENTIFY. The token is null when missing or not a string.</summary>
    public sealed record Identify(string? Token) : LvspFrame
    {
        /// <summary>Prints nothing: what a backend proves itself with stays out of logs.</summary>
        protected override bool PrintMembers(StringBuilder builder) => false;
    }

    /// <summary>RESUME. What is missing or of the wrong type is null, and a negative <c>seq</c> too.</summary>
    public sealed record Resume(string? Token, long? SequenceNumber, string? SessionId) : LvspFrame
    {
        /// <summary>Prints nothing: what a backend proves itself with stays out of logs.</summary>
        protected override bool PrintMembers(StringBuilder builder) => false;
    }

    /// <summary>HEARTBEAT, with the last number the backend has seen: 0 when it says none, or nothing sensible.</summary>
    public sealed record Heartbeat(long SequenceNumber) : LvspFrame;

    /// <summary>An INFO or VST_REQUEST that asks for something.</summary>
    public sealed record Request(LvspRequest Asked) : LvspFrame;

    /// <summary>An INFO or VST_REQUEST that is passed over.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Field">Which field, by our own name for it; never text from the wire.</param>
    /// <param name="Form">The form it came in, if its body told.</param>
    public sealed record Skipped(LvspSkipReason Reason, string? Field, LvspForm? Form) : LvspFrame;

    /// <summary>An opcode that is unknown, or that only the server sends.</summary>
    public sealed record Unexpected : LvspFrame;
}
