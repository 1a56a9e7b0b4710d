using System.Security.Cryptography;
using System.Text;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Links;

/// <summary>Who a node is on its links, and the key by which it proves to be of the cluster.</summary>
public sealed class LinkIdentity
{
    /// <summary>Shorter secrets could be guessed from a recorded proof.</summary>
    public const int MinSecretLength = 16;

    private readonly byte[] _key;

    /// <summary>An identity for one life of a node.</summary>
    /// <exception cref="ArgumentException">The secret is too short.</exception>
    public LinkIdentity(NodeIncarnation node, string secret, LinkVersions? versions = null)
    {
        if (secret.Length < MinSecretLength)
        {
            throw new ArgumentException($"The cluster secret has fewer than {MinSecretLength} characters.", nameof(secret));
        }

        Node = node;
        Versions = versions ?? LinkVersions.Current;
        _key = HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret), SHA256.HashSizeInBytes, info: "voicecluster node link"u8.ToArray());
    }

    /// <summary>This life of this node.</summary>
    public NodeIncarnation Node { get; }

    /// <summary>What it speaks.</summary>
    public LinkVersions Versions { get; }

    /// <summary>HMAC-SHA256 over a role and everything that both sides have said; one role's proof is never another's.</summary>
    internal byte[] Prove(LinkRole role, params ReadOnlySpan<ReadOnlyMemory<byte>> said)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        hmac.AppendData([(byte)role]);
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (var part in said)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(length, part.Length);
            hmac.AppendData(length);
            hmac.AppendData(part.Span);
        }

        return hmac.GetHashAndReset();
    }

    /// <summary>Compares in constant time.</summary>
    internal bool IsProof(ReadOnlySpan<byte> presented, LinkRole role, params ReadOnlySpan<ReadOnlyMemory<byte>> said) =>
        CryptographicOperations.FixedTimeEquals(presented, Prove(role, said));
}

/// <summary>What a proof is for.</summary>
public enum LinkRole : byte
{
    /// <summary>The accepting side answers the hello.</summary>
    Challenge = 1,

    /// <summary>The dialing side answers the challenge.</summary>
    Proof = 2,

    /// <summary>The accepting side takes the connection.</summary>
    Welcome = 3,
}
