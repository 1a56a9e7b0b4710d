using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Gateway;

/// <summary>What a <see cref="VoiceGatewayConnection"/> wants done, or reports, in order.</summary>
public abstract record VoiceOutput
{
    private VoiceOutput()
    {
    }

    /// <summary>Send one text message.</summary>
    /// <param name="Utf8">The whole message. It may be shared with an outbox and is never changed.</param>
    public sealed record SendText(ReadOnlyMemory<byte> Utf8) : VoiceOutput;

    /// <summary>Close the socket after all that was sent before. Nothing follows.</summary>
    /// <param name="Code">The close code.</param>
    /// <param name="Reason">At most 123 bytes of UTF-8; never holds anything secret.</param>
    public sealed record Close(VoiceCloseCode Code, string Reason) : VoiceOutput;

    /// <summary>The client closed or vanished. Nothing follows.</summary>
    /// <param name="Code">Its close code; null if the socket was lost.</param>
    /// <param name="EndsSession">The user left for good; else the session is held for the resume window.</param>
    public sealed record PeerClosed(int? Code, bool EndsSession) : VoiceOutput;

    /// <summary>The client identified: answer with AcceptIdentify or RejectAuthentication.</summary>
    public sealed record IdentifyReceived(Identify Identify) : VoiceOutput;

    /// <summary>The client wants to resume: answer with AcceptResume or RejectAuthentication.</summary>
    public sealed record ResumeReceived(Resume Resume) : VoiceOutput;

    /// <summary>The client chose UDP and an offered mode: answer with SendSessionDescription.</summary>
    /// <param name="SelectProtocol">What it sent; address and port are claims.</param>
    /// <param name="Mode">The chosen mode.</param>
    public sealed record SelectProtocolReceived(SelectProtocol SelectProtocol, TransportEncryptionMode Mode) : VoiceOutput;

    /// <summary>The client said what it sends. Its source is a claim; the assigned one counts.</summary>
    public sealed record SpeakingReceived(Speaking Speaking) : VoiceOutput;

    /// <summary>The client told its video sources.</summary>
    public sealed record VideoReceived(Video Video) : VoiceOutput;

    /// <summary>The client told which sources it wants.</summary>
    public sealed record MediaSinkWantsReceived(MediaSinkWants Wants) : VoiceOutput;

    /// <summary>The client changed its codecs.</summary>
    public sealed record SessionUpdateReceived(SessionUpdate Update) : VoiceOutput;

    /// <summary>The client found no way to the media address.</summary>
    public sealed record NoRouteReceived : VoiceOutput;
}
