using VoiceCluster.LoadGen.Media;
using VoiceCluster.LoadGen.Native;

namespace VoiceCluster.LoadGen.Peers;

/// <summary>What became of the packets of a verification.</summary>
/// <param name="Expected">Copies there should be.</param>
/// <param name="Right">Copies that opened and hold what was sent, each for another user.</param>
/// <param name="Wrong">Everything else that came.</param>
internal readonly record struct VerifiedCopies(int Expected, int Right, int Wrong)
{
    /// <summary>Whether all came, and nothing else.</summary>
    public bool AreComplete => Right == Expected && Wrong == 0;
}

/// <summary>Sends packets one by one, opens every copy of each, and compares it with what was sent.</summary>
internal static class PeerVerification
{
    private const int PacketsPerSpeaker = 25;
    private static readonly TimeSpan CopyLimit = TimeSpan.FromSeconds(2);

    /// <summary>Runs; blocks meanwhile.</summary>
    public static VerifiedCopies Run(IPeerForwarder forwarder, PeerLoad load, UserSocket users, CancellationToken cancellation)
    {
        using var slots = new DatagramSlots(64);
        var (expected, right, wrong) = (0, 0, 0);
        for (uint number = 0; number < PacketsPerSpeaker; number++)
        {
            foreach (var speaker in forwarder.Speakers.Cast<PeerSpeaker>())
            {
                cancellation.ThrowIfCancellationRequested();
                var sent = speaker.Written;
                speaker.WriteNext(slots, MachineClock.UnixNanoseconds());
                users.Send(slots);
                var copies = Collect(forwarder, load, users, slots, new SpokenPacket(speaker.User, sent));
                (expected, right, wrong) = (expected + load.FanOut, right + copies.Right, wrong + copies.Wrong);
            }
        }

        return new VerifiedCopies(expected, right, wrong);
    }

    private static (int Right, int Wrong) Collect(IPeerForwarder forwarder, PeerLoad load, UserSocket users, DatagramSlots slots, SpokenPacket sent)
    {
        var heard = new HashSet<int>();
        var wrong = 0;
        while (heard.Count < load.FanOut && users.Receive(slots, CopyLimit) > 0)
        {
            for (var index = 0; index < slots.Count; index++)
            {
                var user = UserSocket.UserOf(slots.ReceivedAtAddress(index));
                var isRight = Holds(forwarder, user, slots.Datagram(index), load.PayloadBytes, sent) && heard.Add(user);
                wrong += isRight ? 0 : 1;
            }

            slots.Count = 0;
        }

        return (heard.Count, wrong);
    }

    private static bool Holds(IPeerForwarder forwarder, int user, Span<byte> datagram, int payloadLength, SpokenPacket sent)
    {
        Span<byte> payload = stackalloc byte[DatagramSlots.SlotSize];
        var length = forwarder.Open(user, datagram, payload);
        return length >= 0 && SpeechPayload.TryRead(payload[..length], payloadLength, out var stamp)
            && stamp.User == sent.User && stamp.Number == sent.Number && user != sent.User;
    }

    private readonly record struct SpokenPacket(int User, uint Number);
}
