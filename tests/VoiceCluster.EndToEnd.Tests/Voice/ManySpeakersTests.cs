using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.TestKit;

namespace VoiceCluster.EndToEnd.Tests.Voice;

/// <summary>Twenty people at once, on made time.</summary>
public sealed class ManySpeakersTests
{
    private const int People = 20;
    private const int Limit = 12;
    private static readonly byte[] Word = [0x78, 1, 2, 3, 4, 5, 6, 7];

    [Fact]
    public async Task Of_twenty_who_speak_at_once_twelve_are_heard_without_gaps_and_the_others_get_in_when_somebody_pauses()
    {
        await using var node = await EndToEndNode.StartAsync(new EndToEndSetup { Time = new ManualTimeProvider() });
        await using var scene = await Scene.SetAsync(node);
        await using var listener = await scene.CallAsync();
        var people = new List<Caller>();
        try
        {
            while (people.Count < People)
            {
                people.Add(await scene.CallAsync());
            }

            var first = await SpeakAsync(node, people, listener, rounds: 20);
            first.Count.ShouldBe(Limit);
            first.Values.ShouldAllBe(packets => packets.Count == 20 && AreContinuous(packets));
            var unheard = people.Where(person => !first.ContainsKey(SsrcOf(person))).ToList();
            await HearsOfAsync(listener, unheard, SpeakingFlags.None);

            await PauseAsync(node, people[0]);
            var second = await SpeakAsync(node, unheard, listener, rounds: 3);
            second.Keys.ShouldBe(unheard.Select(SsrcOf), ignoreOrder: true);
            await HearsOfAsync(listener, unheard, SpeakingFlags.Voice);

            await PauseAsync(node, people[0]);
            var third = await SpeakAsync(node, people.Except(unheard), listener, rounds: 3);
            foreach (var (ssrc, packets) in third)
            {
                AreContinuous([.. first[ssrc], .. packets]).ShouldBeTrue();
            }
        }
        finally
        {
            await Task.WhenAll(people.Select(person => person.DisposeAsync().AsTask()));
        }
    }

    // A frame of each, then 20 ms.
    private static async Task<Dictionary<uint, List<HeardPacket>>> SpeakAsync(EndToEndNode node, IEnumerable<Caller> people, Caller listener, int rounds)
    {
        for (var round = 0; round < rounds; round++)
        {
            foreach (var person in people)
            {
                person.Client.SendFrame(Word).ShouldBeTrue();
            }

            await Task.WhenAll(people.Select(person => person.EchoAsync()));
            node.Advance(TimeSpan.FromMilliseconds(20));
        }

        await listener.EchoAsync();
        var heard = new List<HeardPacket>();
        while (listener.Heard.TryRead(out var packet))
        {
            heard.Add(packet);
        }

        return heard.GroupBy(packet => packet.Ssrc).ToDictionary(packets => packets.Key, packets => packets.ToList());
    }

    // In steps that the packet loop sees: more than a second at once would look like a standstill of its own.
    private static async Task PauseAsync(EndToEndNode node, Caller anybody)
    {
        for (var i = 0; i < 3; i++)
        {
            node.Advance(TimeSpan.FromMilliseconds(200));
            await anybody.EchoAsync();
        }
    }

    private static async Task HearsOfAsync(Caller listener, List<Caller> people, SpeakingFlags flags)
    {
        var left = people.Select(SsrcOf).ToHashSet();
        while (left.Count > 0)
        {
            await listener.UntilEventAsync<SpeakingEvent>(speaking => speaking.Flags == flags && left.Remove(speaking.Ssrc.Value));
        }
    }

    private static bool AreContinuous(List<HeardPacket> packets) =>
        packets.Zip(packets.Skip(1)).All(pair => pair.Second.SequenceNumber == (ushort)(pair.First.SequenceNumber + 1));

    private static uint SsrcOf(Caller person) => person.Client.Ready!.Ssrc.Value;
}
