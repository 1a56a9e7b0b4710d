using System.Buffers.Binary;
using VoiceCluster.Crypto;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Fuzz.Targets;

/// <summary>A stream of sequence numbers and nonces, six bytes each, as a hostile but authentic sender may choose them.</summary>
internal sealed class ReplayWindowTarget : IFuzzTarget
{
    private const int StepLength = 6;

    public string Name => "replay-window";

    public IEnumerable<byte[]> Corpus =>
    [
        Sequence(Enumerable.Range(0, 100)),
        Sequence(Enumerable.Range(65500, 100)),
        Sequence([.. Enumerable.Range(0, 50), .. Enumerable.Range(10_000, 50)]),
        Sequence([.. Enumerable.Range(0, 50), .. Enumerable.Range(0, 50)]),
    ];

    public void Run(ReadOnlySpan<byte> input)
    {
        var window = new ReplayWindow();
        var order = new ClientNonceOrder();
        var used = new HashSet<long>();
        for (; input.Length >= StepLength; input = input[StepLength..])
        {
            var isNewest = order.Observe(BinaryPrimitives.ReadUInt32BigEndian(input[2..]));
            var verdict = window.Judge(BinaryPrimitives.ReadUInt16BigEndian(input), out var extended, isNewest);
            if (verdict is ReplayVerdict.Fresh or ReplayVerdict.Resynchronized && !used.Add(extended))
            {
                throw new InvalidOperationException("An extended sequence number was used twice.");
            }
        }
    }

    private static byte[] Sequence(IEnumerable<int> numbers)
    {
        var bytes = new List<byte>();
        foreach (var (index, number) in numbers.Index())
        {
            bytes.AddRange([(byte)(number >> 8), (byte)number, 0, 0, (byte)(index >> 8), (byte)index]);
        }

        return [.. bytes];
    }
}
