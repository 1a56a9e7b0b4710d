using VoiceCluster.Crypto;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Fuzz.Targets;

/// <summary>A sealed packet opened as RTP and as RTCP; and the input sealed as if it were a plain packet to be forwarded.</summary>
internal sealed class TransportCipherTarget(TransportEncryptionMode mode) : IFuzzTarget
{
    private readonly TransportCipher _cipher = TransportCiphers.Create(mode, Corpora.Key);
    private readonly byte[] _packet = new byte[8192];
    private readonly byte[] _wire = new byte[8192];

    public string Name => mode.ToWireName();

    public IEnumerable<byte[]> Corpus => Corpora.Sealed(mode);

    public void Run(ReadOnlySpan<byte> input)
    {
        Open(input);
        if (input.Length >= RtpHeader.Length)
        {
            SealAndOpen(input);
        }
    }

    private void Open(ReadOnlySpan<byte> input)
    {
        var packet = _packet.AsSpan(0, input.Length);
        input.CopyTo(packet);
        var error = _cipher.OpenRtp(packet, out var plainLength);
        Check(plainLength <= input.Length && (error == OpenError.None || plainLength == 0));
        input.CopyTo(packet);
        error = _cipher.OpenRtcp(packet, out plainLength);
        Check(plainLength <= input.Length && (error == OpenError.None || plainLength == 0));
    }

    private void SealAndOpen(ReadOnlySpan<byte> input)
    {
        var length = _cipher.SealRtp(input[..RtpHeader.Length], input[RtpHeader.Length..], 1, _wire);
        if (length == 0)
        {
            return;
        }

        Check(length == input.Length + _cipher.Overhead);
        Check(_cipher.OpenRtp(_wire.AsSpan(0, length), out var plainLength) == OpenError.None);
        Check(_wire.AsSpan(0, plainLength).SequenceEqual(input));
    }

    private static void Check(bool holds)
    {
        if (!holds)
        {
            throw new InvalidOperationException("The cipher broke a promise.");
        }
    }
}
