using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Fuzz.Targets;

/// <summary>A plain RTP packet, as its authenticated sender may have formed it.</summary>
internal sealed class RtpTarget : IFuzzTarget
{
    public string Name => "rtp";

    public IEnumerable<byte[]> Corpus => Corpora.PlainRtp;

    public void Run(ReadOnlySpan<byte> input)
    {
        if (!RtpView.TryParse(input, out var view, out var error))
        {
            Check(error != RtpError.None);
            return;
        }

        Check(view.Payload.Length + view.PaddingLength + view.Extensions.Elements.Length <= view.Body.Length);
        for (var i = 0; i < view.CsrcCount; i++)
        {
            _ = view.Csrc(i);
        }

        HeaderExtensionsTarget.Walk(view.Extensions);
        Span<byte> header = stackalloc byte[RtpHeader.Length];
        view.Header.Write(header);
        Check(header.SequenceEqual(input[..RtpHeader.Length]));
    }

    private static void Check(bool holds)
    {
        if (!holds)
        {
            throw new InvalidOperationException("The view contradicts the packet.");
        }
    }
}
