using VoiceCluster.EndToEnd.Tests.Cluster;
using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.Media;
using VoiceCluster.Protocol.Lvsp;
using Xunit.Abstractions;

namespace VoiceCluster.EndToEnd.Tests.RealClients;

/// <summary>A published library whose connection breaks is led to another node than the one with its session.</summary>
/// <remarks>A machine that is too busy to run a node for 100 ms must not cost frames that the test counts: packets are dropped for their age later than by default.</remarks>
[Collection(nameof(RealTime))]
public sealed class DiscordJsSpliceTests(ITestOutputHelper output) : TrioTests("--Media:MaximumAge=1s", "--Cluster:DrainDeadline=0s")
{
    private const int Frames = 230;
    private const int FramesAround = 25;

    [NodeLossFact]
    public async Task A_client_resumes_on_another_node_with_audio_going_on_and_learns_what_happened_meanwhile()
    {
        await using var backend = await Backend.ConnectAsync(Nodes[2]);
        var (channel, guild) = (Ids.Next(), Ids.Next());
        await backend.RequestChannelAsync(LvspForm.Litecord, channel, guild);
        await using var link = new CuttableLink(Nodes[0].Host.Listeners.Https!);
        await using var cut = await ConnectAsync(backend, channel, guild, link.Endpoint);
        await using var other = await ConnectAsync(backend, channel, guild, EndpointOf(1));
        await RealCall.AnnounceAsync([cut, other], [cut, other]);
        await RealCall.TalkUntilHeardAsync(cut, other);
        var (said, others) = (RealCall.Speech(0, Frames), RealCall.Speech(Frames, Frames));
        cut.Play(said);
        other.Play(others);
        await UntilHeardAsync(cut, other, FramesAround);

        link.Cut();
        var closed = await cut.WaitForAsync("closed");
        link.Target = Nodes[1].Host.Listeners.Https!;
        await using var newcomer = await ConnectAsync(backend, channel, guild, EndpointOf(2));
        newcomer.Speak();
        await other.WaitUntilKnowsAsync(newcomer.UserId);
        link.Mend();

        var resumed = await cut.WaitForAsync("packet", packet => packet.Opcode == 9, closed.Index);
        await cut.WaitUntilKnowsAsync(newcomer.UserId);
        await ShouldHearAsync(cut, other, others);
        await ShouldHearAsync(other, cut, said);
        await RealCall.TalkUntilHeardAsync(cut, newcomer);
        newcomer.Play(RealCall.Speech(2 * Frames, FramesAround));
        await ShouldHearAsync(cut, newcomer, RealCall.Speech(2 * Frames, FramesAround));
        cut.Events.Count(one => one.Opcode is 2 or 4).ShouldBe(2, "the session was resumed, not begun anew");
        output.WriteLine($"away for {(resumed.At - closed.At).TotalMilliseconds:0} ms");
    }

    private static async Task<DiscordJsClient> ConnectAsync(Backend backend, string channel, string guild, string endpoint, EndToEndNode node)
    {
        var user = await backend.JoinAsync(LvspForm.Litecord, Ids.Next(), channel, guild);
        var client = await DiscordJsClient.StartAsync(DiscordJsLibrary.Voice19, Ids.Snowflake(user.UserId), node.CertificatePath);
        client.Join(
            new VoiceStateDone(client.UserId, Ids.Snowflake(channel), Ids.Snowflake(guild), user.SessionId, default, user.Token, user.Endpoint), endpoint);
        await client.WaitUntilReadyAsync();
        return client;
    }

    private static Task UntilHeardAsync(DiscordJsClient listener, DiscordJsClient speaker, int frames) =>
        listener.WaitUntilAsync(_ => listener.Heard(speaker.UserId).Count(frame => !frame.IsMarked) >= frames, $"{frames} frames of {speaker.UserId}");

    private Task ShouldHearAsync(DiscordJsClient listener, DiscordJsClient speaker, IReadOnlyList<string> said) =>
        new HeardSpeech(listener, speaker, said).ShouldBeWholeAsync(ReadLossesAsync);

    private Task<string> ReadLossesAsync() => Task.FromResult(string.Join('\n', Nodes.Select(node => NodeLosses.Read(node.Part<MediaPlane>()))));

    private Task<DiscordJsClient> ConnectAsync(Backend backend, string channel, string guild, string endpoint) =>
        ConnectAsync(backend, channel, guild, endpoint, Nodes[0]);

    private string EndpointOf(int node) => $"localhost:{Nodes[node].Https.Port}";
}
