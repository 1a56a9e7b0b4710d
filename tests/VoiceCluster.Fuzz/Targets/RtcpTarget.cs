using VoiceCluster.Protocol.Rtcp;

namespace VoiceCluster.Fuzz.Targets;

/// <summary>A plain compound RTCP datagram, each packet tried as every type.</summary>
internal sealed class RtcpTarget : IFuzzTarget
{
    public string Name => "rtcp";

    public IEnumerable<byte[]> Corpus =>
    [
        .. Corpora.PlainRtcp,
        Corpora.PlainRtcp.SelectMany(packet => packet).ToArray(),
        Convert.FromHexString("82cb0003000000010000000203627965"),
        Convert.FromHexString("81ca000400003247020178010361626300000000"),
        Convert.FromHexString("84ce00040000324700000000000ae41205000000"),
        Convert.FromHexString("8fce0005000032470000000052454d42010bd090000ae412"),
        Convert.FromHexString("8fcd000500003247000ae4120102000affffff07200a0000"),
        Convert.FromHexString("a1cb00020000324700000004"),
    ];

    public void Run(ReadOnlySpan<byte> input)
    {
        var walk = new RtcpCompound(input).GetEnumerator();
        while (walk.MoveNext())
        {
            ReadReports(walk.Current);
            ReadSources(walk.Current);
            ReadFeedback(walk.Current);
        }
    }

    private static void ReadReports(in RtcpPacket packet)
    {
        if (SenderReport.TryParse(packet, out var sender))
        {
            ReadBlocks(sender.ReportBlocks);
        }

        if (ReceiverReport.TryParse(packet, out var receiver))
        {
            ReadBlocks(receiver.ReportBlocks);
        }
    }

    private static void ReadBlocks(ReportBlocks blocks)
    {
        for (var i = 0; i < blocks.Count; i++)
        {
            _ = blocks[i];
        }
    }

    private static void ReadSources(in RtcpPacket packet)
    {
        _ = SourceDescription.TryParse(packet, out _);
        if (Goodbye.TryParse(packet, out var goodbye))
        {
            for (var i = 0; i < goodbye.Count; i++)
            {
                _ = goodbye[i];
            }
        }
    }

    private static void ReadFeedback(in RtcpPacket packet)
    {
        _ = PictureLossIndication.TryParse(packet, out _);
        _ = TransportWideFeedback.TryParse(packet, out _);
        if (GenericNack.TryParse(packet, out var nack))
        {
            for (var i = 0; i < nack.Count; i++)
            {
                _ = nack[i].Contains((ushort)i);
            }
        }

        if (FullIntraRequest.TryParse(packet, out var request))
        {
            for (var i = 0; i < request.Count; i++)
            {
                _ = request[i];
            }
        }

        if (ReceiverEstimatedMaximumBitrate.TryParse(packet, out var estimate))
        {
            for (var i = 0; i < estimate.Count; i++)
            {
                _ = estimate[i];
            }
        }
    }
}
