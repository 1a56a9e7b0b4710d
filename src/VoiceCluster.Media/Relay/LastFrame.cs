using VoiceCluster.Protocol.Relay;

namespace VoiceCluster.Media.Relay;

/// <summary>The frame of a source that was relayed last, kept so that the next packet can carry it again over links that lose packets. Worker thread only.</summary>
internal sealed class LastFrame
{
    // What is not repeated is what does not fit into a packet with another one: pictures.
    private const int MaximumBody = (RelaySender.MaximumPacket - RelayHeader.Length) / 2;

    private readonly byte[] _bytes = new byte[PreviousFrame.Length + MaximumBody];
    private int _length;

    /// <summary>It as it precedes the next frame; empty if there is none.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>Keeps a frame instead of the one before it.</summary>
    public void Keep(in RelayHeader header, ReadOnlySpan<byte> body)
    {
        if (body.Length > MaximumBody)
        {
            _length = 0;
            return;
        }

        new PreviousFrame(body.Length, header.Flags, header.Kind, header.Codec, header.Sequence, header.Timestamp).Write(_bytes);
        body.CopyTo(_bytes.AsSpan(PreviousFrame.Length));
        _length = PreviousFrame.Length + body.Length;
    }

    /// <summary>Forgets it: the next frame does not follow it.</summary>
    public void Clear() => _length = 0;
}
