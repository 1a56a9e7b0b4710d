using System.Buffers.Binary;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Fuzz.Targets;

/// <summary>An extension block of either form: two bytes of profile, then elements.</summary>
internal sealed class HeaderExtensionsTarget : IFuzzTarget
{
    public string Name => "header-extensions";

    public IEnumerable<byte[]> Corpus =>
    [
        Convert.FromHexString("bede10ff9002"),
        Convert.FromHexString("bede1085321a2b3c0000"),
        Convert.FromHexString("bede51002a62000000b2313030007c85b8"),
        Convert.FromHexString("100001000201bb00ff03010203"),
    ];

    public void Run(ReadOnlySpan<byte> input)
    {
        if (input.Length >= 2)
        {
            Walk(new HeaderExtensions(BinaryPrimitives.ReadUInt16BigEndian(input), input[2..]));
        }
    }

    public static void Walk(HeaderExtensions extensions)
    {
        var total = 0;
        foreach (var extension in extensions)
        {
            total += 1 + extension.Data.Length;
            _ = AudioLevel.TryParse(extension.Data, out _);
            _ = SpeakerExtension.Read(extension.Data);
        }

        if (total > extensions.Elements.Length)
        {
            throw new InvalidOperationException("Elements are longer than their block.");
        }
    }
}
