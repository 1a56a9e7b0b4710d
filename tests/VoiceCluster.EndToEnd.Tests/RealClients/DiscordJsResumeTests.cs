using Xunit.Abstractions;

namespace VoiceCluster.EndToEnd.Tests.RealClients;

/// <summary>The WebSocket of a published library breaks while its user speaks and listens.</summary>
[Collection(nameof(RealTime))]
public sealed class DiscordJsResumeTests(ITestOutputHelper output)
{
    private const int Frames = 230;
    private const int FramesAround = 25;

    private static readonly IReadOnlyList<string> Cut = RealCall.Speech(0, Frames);
    private static readonly IReadOnlyList<string> Others = RealCall.Speech(Frames, Frames);
    private static readonly IReadOnlyList<string> Newcomers = RealCall.Speech(2 * Frames, FramesAround);

    [DiscordJsTheory]
    [InlineData("voice19")]
    [InlineData("voice14")]
    public async Task A_cut_client_resumes_with_audio_going_on_and_learns_what_happened_meanwhile(string library)
    {
        await using var call = await RealCall.StartAsync();
        await using var link = new CuttableLink(call.Node.Https);
        var cut = await call.StartClientAsync(new DiscordJsLibrary(library));
        var other = await call.StartClientAsync(DiscordJsLibrary.Voice19WithoutAes);
        var newcomer = await call.StartClientAsync(DiscordJsLibrary.Voice19);
        await call.ConnectAsync(cut, link.Endpoint);
        await call.ConnectAsync(other);
        await RealCall.AnnounceAsync([cut, other], [cut, other]);
        cut.Play(Cut);
        other.Play(Others);
        await UntilHeardAsync(cut, other, FramesAround);
        await UntilHeardAsync(other, cut, FramesAround);

        link.Cut();
        var closed = await cut.WaitForAsync("closed");
        closed.CloseCode.ShouldBe(1006);
        var heardBefore = cut.Heard(other.UserId).Count;
        await UntilHeardAsync(cut, other, heardBefore + FramesAround);
        await call.ConnectAsync(newcomer);
        newcomer.Speak();
        await other.WaitUntilKnowsAsync(newcomer.UserId);
        link.Mend();

        var resumed = await cut.WaitForAsync("packet", packet => packet.Opcode == 9, closed.Index);
        await cut.WaitUntilKnowsAsync(newcomer.UserId);
        newcomer.Play(Newcomers);
        await call.ShouldHearAsync(cut, other, Others);
        await call.ShouldHearAsync(other, cut, Cut);
        await call.ShouldHearAsync(cut, newcomer, Newcomers);
        cut.Events.Count(one => one.Opcode is 2 or 4).ShouldBe(2, "the session was resumed, not begun anew");
        Report(cut, other, closed, resumed);
    }

    private static Task UntilHeardAsync(DiscordJsClient listener, DiscordJsClient speaker, int frames) =>
        listener.WaitUntilAsync(_ => listener.Heard(speaker.UserId).Count >= frames, $"{frames} frames of {speaker.UserId}");

    private void Report(DiscordJsClient cut, DiscordJsClient other, ClientEvent closed, ClientEvent resumed)
    {
        var meanwhile = cut.Heard(other.UserId).Count(frame => frame.At > closed.At && frame.At < resumed.At);
        var lost = Others.Count - cut.Heard(other.UserId).Count + Cut.Count - other.Heard(cut.UserId).Count;
        output.WriteLine($"away for {(resumed.At - closed.At).TotalMilliseconds:0} ms, heard {meanwhile} frames meanwhile, {lost} frames lost");
    }
}
