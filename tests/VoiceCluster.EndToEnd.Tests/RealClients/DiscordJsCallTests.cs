using VoiceCluster.Media.Workers;
using Xunit.Abstractions;

namespace VoiceCluster.EndToEnd.Tests.RealClients;

/// <summary>Old and new versions of the most used bot library in one channel, over TLS and UDP.</summary>
[Collection(nameof(RealTime))]
public sealed class DiscordJsCallTests(ITestOutputHelper output)
{
    /// <summary>Each listens and speaks in another mode: AES-GCM, XChaCha20, and one of the XSalsa20 modes.</summary>
    [DiscordJsTheory]
    [InlineData("xsalsa20_poly1305")]
    [InlineData("xsalsa20_poly1305_suffix")]
    [InlineData("xsalsa20_poly1305_lite")]
    public async Task Everybody_hears_the_exact_frames_of_everybody(string oldMode)
    {
        const int frames = 100;
        await using var call = await RealCall.StartAsync($"--Media:Modes=aead_aes256_gcm_rtpsize,aead_xchacha20_poly1305_rtpsize,{oldMode}");
        var clients = await call.JoinAsync(DiscordJsLibrary.Voice19, DiscordJsLibrary.Voice19WithoutAes, DiscordJsLibrary.Voice14);
        clients.Select(client => client.Events.First(one => one.Opcode == 4).Text("mode"))
            .ShouldBe(["aead_aes256_gcm_rtpsize", "aead_xchacha20_poly1305_rtpsize", oldMode]);

        await RealCall.AnnounceAsync(clients, clients);
        var said = clients.Select((client, index) => (Speaker: client, Frames: RealCall.Speech(index * frames, frames))).ToList();
        said.ForEach(one => one.Speaker.Play(one.Frames));
        foreach (var (speaker, speech) in said)
        {
            foreach (var listener in clients.Where(client => client != speaker))
            {
                await call.ShouldHearAsync(listener, speaker, speech);
            }
        }

        call.Node.Dropped(PacketDropReason.NotAuthentic, PacketDropReason.Duplicate).ShouldBe(0);
        RealCall.ShouldBeWithoutErrors(clients);
    }

    [DiscordJsFact]
    public async Task Members_are_told_of_a_third_who_joins_and_leaves()
    {
        await using var call = await RealCall.StartAsync();
        var members = await call.JoinAsync(DiscordJsLibrary.Voice19, DiscordJsLibrary.Voice14);
        await ShouldBeToldOfJoinAsync(call, members, DiscordJsLibrary.Voice19, third =>
        {
            third.Leave();
            return third.WaitForAsync("state", state => state.Text("status") == "destroyed");
        });
        await ShouldBeToldOfJoinAsync(call, members, DiscordJsLibrary.Voice14, async third =>
        {
            await call.Backend.LeaveAsync(third.UserId, RealCall.Channel, RealCall.Guild);
            (await third.WaitForAsync("closed")).CloseCode.ShouldBe(4014);
            await third.WaitForAsync("state", state => state.Text("status") == "disconnected");
        });

        // What old libraries need to keep their UDP socket open.
        await Task.WhenAll(members.Select(member => member.WaitForAsync("echoed")));
        RealCall.ShouldBeWithoutErrors(members);
    }

    [DiscordJsFact]
    public async Task Nobody_hears_a_muted_one_after_100_ms()
    {
        var limit = TimeSpan.FromMilliseconds(100);
        await using var call = await RealCall.StartAsync();
        var clients = await call.JoinAsync(DiscordJsLibrary.Voice19, DiscordJsLibrary.Voice19WithoutAes, DiscordJsLibrary.Voice14);
        var listeners = clients[1..];
        await RealCall.AnnounceAsync(clients, clients);
        clients.ToList().ForEach(client => client.Talk());

        var mutes = new List<ObservedMute>();
        for (var round = 0; round < 3; round++)
        {
            mutes.Add(await ObservedMute.RunAsync(call, clients[0], listeners, limit * 2));
        }

        foreach (var (mute, listener) in mutes.SelectMany(mute => listeners.Select(listener => (mute, listener))))
        {
            var afterSending = mute.LastHeard(listener) - mute.SentAt;
            var afterAnswer = mute.LastHeard(listener) - mute.AnsweredAt;
            output.WriteLine(
                $"{listener.UserId} heard frames sent until {afterSending.TotalMilliseconds:0.0} ms after the mute, {afterAnswer.TotalMilliseconds:0.0} ms after its answer");
            afterAnswer.ShouldBeLessThanOrEqualTo(limit);
        }

        // A busy machine may delay one mute, never all.
        listeners.ShouldAllBe(listener => mutes.Min(mute => mute.LastHeard(listener) - mute.SentAt) <= limit);
        RealCall.ShouldBeWithoutErrors(clients);
    }

    private static async Task ShouldBeToldOfJoinAsync(RealCall call, DiscordJsClient[] members, DiscordJsLibrary library, Func<DiscordJsClient, Task> leave)
    {
        var (modern, old) = (members[0], members[1]);
        var third = await call.StartClientAsync(library);
        var id = third.UserId.ToString();
        await call.ConnectAsync(third);
        (await modern.WaitForAsync("packet", packet => packet.Opcode == 11 && packet.Lists("user_ids", id))).Clients.ShouldContain(id);
        await old.WaitUntilKnowsAsync(third.UserId);
        if (library == DiscordJsLibrary.Voice19)
        {
            await third.WaitForAsync("packet", packet => members.All(member => packet.Clients.Contains(member.UserId.ToString())));
        }
        else
        {
            await Task.WhenAll(members.Select(member => third.WaitUntilKnowsAsync(member.UserId)));
        }

        await leave(third);
        (await modern.WaitForAsync("packet", packet => packet.Opcode == 13 && packet.Names(id))).Clients.ShouldNotContain(id);
        await old.WaitForAsync("forgets", one => one.UserId == id);
    }
}
