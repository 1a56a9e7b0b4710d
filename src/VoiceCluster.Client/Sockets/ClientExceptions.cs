namespace VoiceCluster.Client.Sockets;

/// <summary>Something that a client tried did not work; the message names who tried what.</summary>
public abstract class ClientException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A connection could not be opened.</summary>
public sealed class ConnectFailedException(string message, Exception? inner = null) : ClientException(message, inner);

/// <summary>The other side did not answer in time.</summary>
public sealed class NoAnswerException(string message) : ClientException(message);

/// <summary>The other side answered, but not what its protocol allows here.</summary>
public sealed class UnexpectedAnswerException(string message) : ClientException(message);

/// <summary>The other side refused a request, and said so.</summary>
public sealed class RefusedException(string message) : ClientException(message);

/// <summary>A WebSocket ended while it was needed.</summary>
/// <param name="message">Who lost which connection.</param>
/// <param name="code">The close code; null when the connection just broke.</param>
/// <param name="reason">The text sent with the code.</param>
public sealed class ConnectionEndedException(string message, int? code, string? reason) : ClientException(message)
{
    /// <summary>The close code; null when the connection just broke.</summary>
    public int? Code { get; } = code;

    /// <summary>The text sent with the code.</summary>
    public string? Reason { get; } = reason;
}
