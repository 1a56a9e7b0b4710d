using System.Security.Cryptography;
using System.Text;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.VoiceStates;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Cluster.Credentials;

/// <summary>Makes session ids and bearer tokens.</summary>
/// <remarks>
/// A token is a keyed hash of what it opens and a stored random salt. So a node can say a token again after a restart or on
/// another node, although stores only hold salts and hashes: neither opens anything without the cluster's secret. Safe for calls from any thread.
/// </remarks>
public sealed class CredentialMinter
{
    private const int SaltLength = 22;

    private readonly byte[] _secret;

    /// <summary>A minter for one cluster.</summary>
    /// <param name="secret">At least 16 secret bytes, the same on all nodes.</param>
    public CredentialMinter(ReadOnlySpan<byte> secret)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(secret.Length, 16);
        _secret = secret.ToArray();
    }

    /// <summary>New random values for a voice state.</summary>
    public static FreshCredentials NewCredentials() => new(LvspCredential.CreateSessionId(), NewSalt());

    /// <summary>A new random salt.</summary>
    public static string NewSalt() => RandomNumberGenerator.GetString(LvspCredential.Alphanumeric, SaltLength);

    /// <summary>The token of one user's voice state, 64 alphanumeric characters.</summary>
    public string TokenOf(VoiceStateKey state, string salt) => Derive($"voice-state|{state}|{salt}");

    /// <summary>The token of a channel, 64 alphanumeric characters.</summary>
    public string TokenOf(ChannelKey channel, string salt) => Derive($"channel|{channel}|{salt}");

    /// <summary>Whether a presented token is the state's; the time it takes does not depend on where they differ.</summary>
    public bool IsTokenOf(VoiceStateKey state, string salt, string presented) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(TokenOf(state, salt)), Encoding.UTF8.GetBytes(presented));

    private string Derive(string what)
    {
        Span<byte> hash = stackalloc byte[HMACSHA512.HashSizeInBytes];
        HMACSHA512.HashData(_secret, Encoding.UTF8.GetBytes(what), hash);
        Span<char> token = stackalloc char[HMACSHA512.HashSizeInBytes];
        for (var i = 0; i < hash.Length; i++)
        {
            // 256 values onto 62 letters: the slight preference of some letters leaves over 370 bits.
            token[i] = LvspCredential.Alphanumeric[hash[i] * LvspCredential.Alphanumeric.Length >> 8];
        }

        return new string(token);
    }
}
