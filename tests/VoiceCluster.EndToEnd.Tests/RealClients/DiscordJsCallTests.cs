using VoiceCluster.Media.Workers;

namespace VoiceCluster.EndToEnd.Tests.RealClients;

/// <summary>Old and new versions of the most used bot library in one channel, over TLS and UDP.</summary>
public sealed class DiscordJsCallTests
{
    private const int Frames = 100;

    /// <summary>Each listens and speaks in another mode: AES-GCM, XChaCha20, and one of the XSalsa20 modes.</summary>
    [DiscordJsTheory]
    [InlineData("xsalsa20_poly1305")]
    [InlineData("xsalsa20_poly1305_suffix")]
    [InlineData("xsalsa20_poly1305_lite")]
    public async Task Everybody_hears_the_exact_frames_of_everybody(string oldMode)
    {
        await using var call = await RealCall.StartAsync($"--Media:Modes=aead_aes256_gcm_rtpsize,aead_xchacha20_poly1305_rtpsize,{oldMode}");
        var clients = await call.JoinAsync(DiscordJsLibrary.Voice19, DiscordJsLibrary.Voice19WithoutAes, DiscordJsLibrary.Voice14);
        clients.Select(client => client.Events.First(one => one.Opcode == 4).Text("mode"))
            .ShouldBe(["aead_aes256_gcm_rtpsize", "aead_xchacha20_poly1305_rtpsize", oldMode]);

        await RealCall.AnnounceAsync(clients, clients);
        for (var speaker = 0; speaker < clients.Length; speaker++)
        {
            clients[speaker].Play(RealCall.Speech(speaker, Frames));
        }

        for (var speaker = 0; speaker < clients.Length; speaker++)
        {
            foreach (var listener in clients.Where(client => client != clients[speaker]))
            {
                await call.ShouldHearAsync(listener, clients[speaker], RealCall.Speech(speaker, Frames));
            }
        }

        call.Node.Dropped(PacketDropReason.NotAuthentic, PacketDropReason.Duplicate).ShouldBe(0);
        clients.SelectMany(client => client.Events).Where(one => one.Name is "error" or "garbled" or "crashed").ShouldBeEmpty();
    }
}
