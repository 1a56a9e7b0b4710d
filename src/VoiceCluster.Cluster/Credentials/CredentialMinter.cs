using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Unicode;
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

    // A realm has 64 characters at most, an id 20.
    private const int MaximumLength = 256;

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
    public string TokenOf(VoiceStateKey state, string salt)
    {
        Span<byte> what = stackalloc byte[MaximumLength];
        return Derive(Utf8.TryWrite(what, $"voice-state|{state}|{salt}", out var length), what[..length]);
    }

    /// <summary>The token of a channel, 64 alphanumeric characters.</summary>
    public string TokenOf(ChannelKey channel, string salt)
    {
        Span<byte> what = stackalloc byte[MaximumLength];
        return Derive(Utf8.TryWrite(what, $"channel|{channel}|{salt}", out var length), what[..length]);
    }

    /// <summary>Whether a presented token is the state's; the time it takes does not depend on where they differ.</summary>
    public bool IsTokenOf(VoiceStateKey state, string salt, string presented) =>
        CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes(TokenOf(state, salt).AsSpan()), MemoryMarshal.AsBytes(presented.AsSpan()));

    private string Derive(bool fits, ReadOnlySpan<byte> what)
    {
        if (!fits)
        {
            throw new InvalidOperationException($"What a token is derived from is at most {MaximumLength} bytes long.");
        }

        Span<byte> hash = stackalloc byte[HMACSHA512.HashSizeInBytes];
        HMACSHA512.HashData(_secret, what, hash);
        Span<char> token = stackalloc char[HMACSHA512.HashSizeInBytes];
        for (var i = 0; i < hash.Length; i++)
        {
            // 256 values onto 62 letters: the slight preference of some letters leaves over 370 bits.
            token[i] = LvspCredential.Alphanumeric[hash[i] * LvspCredential.Alphanumeric.Length >> 8];
        }

        return new string(token);
    }
}
