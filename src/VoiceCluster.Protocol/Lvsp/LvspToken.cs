using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace VoiceCluster.Protocol.Lvsp;

/// <summary>The proof of the shared secret: HMAC-SHA256 of a connection's nonce.</summary>
/// <remarks>
/// Key: the secret in UTF-8. Message: the nonce in ASCII. On the wire: hex in any case, or the 32 bytes in base64 or
/// base64url, padded or not. Source: LVSP "IDENTIFY".
/// </remarks>
public static class LvspToken
{
    /// <summary>Bytes of a decoded token.</summary>
    public const int Length = HMACSHA256.HashSizeInBytes;

    /// <summary>The token in lower-case hex, as a backend sends it.</summary>
    public static string Compute(string secret, string nonce) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes(nonce)));

    /// <summary>Decodes any of the accepted spellings.</summary>
    /// <param name="text">What the backend sent; null is no token.</param>
    /// <param name="token">At least <see cref="Length"/> bytes; overwritten, and of no use after a failure.</param>
    /// <returns>False for anything that is not exactly 32 bytes. Does not throw for any text.</returns>
    public static bool TryDecode(string? text, Span<byte> token)
    {
        const int HexLength = 2 * Length;
        const int Base64Length = 44;
        return text?.Length switch
        {
            HexLength => Convert.FromHexString(text, token, out _, out var written) == System.Buffers.OperationStatus.Done && written == Length,
            Base64Length or Base64Length - 1 => TryDecodeBase64(text, token),
            _ => false,
        };
    }

    /// <summary>What a session is found by: SHA-256 of the decoded token, in lower-case hex. The token itself is not kept.</summary>
    public static string Hash(ReadOnlySpan<byte> token) => Convert.ToHexStringLower(SHA256.HashData(token));

    private static bool TryDecodeBase64(string text, Span<byte> token)
    {
        Span<char> padded = stackalloc char[44];
        padded[^1] = '=';
        text.CopyTo(padded);
        padded.Replace('-', '+');
        padded.Replace('_', '/');
        return Convert.TryFromBase64Chars(padded, token[..Length], out var written) && written == Length;
    }
}

/// <summary>One configured secret and the realm it stands for.</summary>
public sealed class LvspSecret(string realm, string secret)
{
    /// <summary>Whose ids these are: the same channel, guild or user id in another realm is another thing.</summary>
    public string Realm { get; } = realm;

    internal byte[] Key { get; } = Encoding.UTF8.GetBytes(secret);
}

/// <summary>All secrets that backends may prove. Immutable; any thread.</summary>
public sealed class LvspSecrets
{
    private readonly ImmutableArray<LvspSecret> _secrets;

    /// <summary>Takes the configured secrets; a realm may have several, so that one can be changed.</summary>
    /// <exception cref="ArgumentException">There is none, one is empty, a realm has no name, or two realms have the same secret.</exception>
    public LvspSecrets(params IEnumerable<LvspSecret> secrets)
    {
        _secrets = [.. secrets];
        if (_secrets.IsEmpty)
        {
            throw new ArgumentException("At least one LVSP secret is needed.", nameof(secrets));
        }

        if (_secrets.Any(secret => secret.Key.Length == 0 || string.IsNullOrEmpty(secret.Realm)))
        {
            throw new ArgumentException("An LVSP secret or the name of its realm is empty.", nameof(secrets));
        }

        if (_secrets.GroupBy(secret => Convert.ToHexString(secret.Key)).Any(same => same.Select(s => s.Realm).Distinct().Count() > 1))
        {
            throw new ArgumentException("Two realms have the same LVSP secret.", nameof(secrets));
        }
    }

    /// <summary>Finds the realm whose secret made a token for a nonce.</summary>
    /// <remarks>Every secret is tried whatever the others said, each in constant time, so that timing tells nothing.</remarks>
    public bool TryVerify(string nonce, ReadOnlySpan<byte> token, out string realm)
    {
        Span<byte> message = stackalloc byte[Encoding.UTF8.GetMaxByteCount(nonce.Length)];
        message = message[..Encoding.UTF8.GetBytes(nonce, message)];
        Span<byte> expected = stackalloc byte[LvspToken.Length];
        var found = -1;
        for (var i = 0; i < _secrets.Length; i++)
        {
            HMACSHA256.HashData(_secrets[i].Key, message, expected);
            found = CryptographicOperations.FixedTimeEquals(expected, token) ? i : found;
        }

        realm = found < 0 ? string.Empty : _secrets[found].Realm;
        return found >= 0;
    }
}
