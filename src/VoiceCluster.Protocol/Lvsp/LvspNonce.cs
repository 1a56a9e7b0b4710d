using System.Security.Cryptography;

namespace VoiceCluster.Protocol.Lvsp;

/// <summary>The random text of HELLO, new for each connection.</summary>
public static class LvspNonce
{
    /// <summary>Characters of a nonce.</summary>
    public const int Length = 10;

    /// <summary>Ten characters from A-Z a-z 0-9, from the cryptographic generator.</summary>
    public static string Create() => RandomNumberGenerator.GetString(LvspCredential.Alphanumeric, Length);
}

/// <summary>The name of an LVSP session, as READY tells it.</summary>
public static class LvspSessionId
{
    /// <summary>Characters of a session's name.</summary>
    public const int Length = 32;

    /// <summary>32 lower-case hexadecimal digits from the cryptographic generator.</summary>
    public static string Create() => RandomNumberGenerator.GetHexString(Length, lowercase: true);
}

/// <summary>What users prove on their voice WebSocket, made by the server and told to the backend.</summary>
public static class LvspCredential
{
    /// <summary>Characters of a voice session id that the server makes.</summary>
    public const int SessionIdLength = 32;

    /// <summary>The longest voice session id that a backend may choose.</summary>
    public const int MaxSessionIdLength = 128;

    /// <summary>What tokens, session ids and nonces are made of.</summary>
    public const string Alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>A voice session id.</summary>
    public static string CreateSessionId() => RandomNumberGenerator.GetString(Alphanumeric, SessionIdLength);

    /// <summary>Whether a backend may choose this voice session id: 1 to 128 visible ASCII characters.</summary>
    public static bool IsSessionId(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= MaxSessionIdLength && !text.ContainsAnyExceptInRange('!', '~');
}
