using System.Text.Json;

namespace VoiceCluster.EndToEnd.Tests.Support;

/// <summary>A user's end of the voice gateway, on a bare WebSocket: says just what a test wants it to say.</summary>
internal sealed class VoicePeer : IAsyncDisposable
{
    private VoicePeer(RawSocket socket, int version) => (Socket, Version) = (socket, version);

    public RawSocket Socket { get; }

    /// <summary>The version of the gateway that was asked for; 1 when none was.</summary>
    public int Version { get; }

    public JsonElement Hello { get; private set; }

    /// <summary>What READY said.</summary>
    public JsonElement Ready { get; private set; }

    public uint Ssrc => Ready.GetProperty("ssrc").GetUInt32();

    /// <summary>What op 4 said.</summary>
    public JsonElement Description { get; private set; }

    /// <summary>The number of the last numbered message.</summary>
    public int Sequence { get; private set; }

    /// <summary>Connects and takes HELLO.</summary>
    public static async Task<VoicePeer> OpenAsync(EndToEndNode node, int version = 8) => await OpenAsync(node, $"?v={version}", version);

    /// <summary>Connects with a query of one's own and takes HELLO.</summary>
    public static async Task<VoicePeer> OpenAsync(EndToEndNode node, string query, int version)
    {
        return await GreetedAsync(await RawSocket.ConnectAsync(new Uri(node.Voice.AbsoluteUri + query)), version);
    }

    /// <summary>Connects to a node in a process of its own and takes HELLO.</summary>
    public static async Task<VoicePeer> OpenAsync(Uri voice) =>
        await GreetedAsync(await RawSocket.ConnectAsync(new Uri(voice.AbsoluteUri + "?v=8")), version: 8);

    /// <summary>Takes HELLO from a fresh socket.</summary>
    public static async Task<VoicePeer> GreetedAsync(RawSocket socket, int version) =>
        new(socket, version) { Hello = await socket.NextAsync() };

    /// <summary>Connects, identifies and takes READY.</summary>
    public static async Task<VoicePeer> IdentifyAsync(EndToEndNode node, Credentials user, int version = 8)
    {
        var peer = await OpenAsync(node, version);
        await peer.IdentifyAsync(user);
        return peer;
    }

    /// <summary>Connects and goes all the way into the call, but sends and receives no media.</summary>
    public static async Task<VoicePeer> JoinAsync(EndToEndNode node, Credentials user, int version = 8)
    {
        var peer = await IdentifyAsync(node, user, version);
        await peer.SelectAsync();
        return peer;
    }

    /// <summary>Connects to a node in a process of its own and goes all the way into the call.</summary>
    public static async Task<VoicePeer> JoinAsync(Uri voice, Credentials user)
    {
        var peer = await OpenAsync(voice);
        await peer.IdentifyAsync(user);
        await peer.SelectAsync();
        return peer;
    }

    /// <summary>Breaks the connection and waits until the cluster has noticed.</summary>
    public async Task DropAsync(EndToEndNode asked, Credentials user)
    {
        Socket.Abort();
        await asked.DetachedAsync(user);
    }

    /// <summary>Identifies and takes READY.</summary>
    public async Task IdentifyAsync(Credentials user, string more = "")
    {
        await SendIdentifyAsync(user, more);
        var ready = await Socket.NextAsync();
        ready.Op().ShouldBe(2, ready.ToString());
        Ready = ready.GetProperty("d");
    }

    /// <summary>Identifies, whatever comes of it.</summary>
    public Task SendIdentifyAsync(Credentials user, string more = "") => Socket.SendAsync(
        0,
        $$"""{"server_id":"{{user.ServerId}}","user_id":"{{user.UserId}}","session_id":"{{user.SessionId}}","token":"{{user.Token}}"{{more}} }""");

    /// <summary>Resumes, whatever comes of it.</summary>
    public Task SendResumeAsync(Credentials user, string? acknowledged) => Socket.SendAsync(
        7,
        $$"""
        {"server_id":"{{user.ServerId}}","session_id":"{{user.SessionId}}","token":"{{user.Token}}"
        {{(acknowledged is null ? string.Empty : $",\"seq_ack\":{acknowledged}")}} }
        """);

    /// <summary>Selects UDP and takes everything up to op 4; the messages before it.</summary>
    public async Task<IReadOnlyList<JsonElement>> SelectAsync(string? mode = null)
    {
        await SendSelectAsync(mode ?? Ready.GetProperty("modes")[0].GetString()!);
        var before = new List<JsonElement>();
        while (true)
        {
            var message = await NextAsync();
            if (message.Op() == 4)
            {
                Description = message.GetProperty("d");
                return before;
            }

            before.Add(message);
        }
    }

    /// <summary>Selects a mode, whatever comes of it.</summary>
    public Task SendSelectAsync(string mode) => Socket.SendAsync(
        1, $$"""{"protocol":"udp","data":{"address":"127.0.0.1","port":50505,"mode":"{{mode}}"} }""");

    /// <summary>The next message; its number is noted.</summary>
    public async Task<JsonElement> NextAsync()
    {
        var message = await Socket.NextAsync();
        if (message.TryGetProperty("seq", out var sequence))
        {
            Sequence = sequence.GetInt32();
        }

        return message;
    }

    /// <summary>The data of the next message, which has to be of an opcode.</summary>
    public async Task<JsonElement> TakeAsync(int op)
    {
        var message = await NextAsync();
        message.Op().ShouldBe(op, message.ToString());
        return message.GetProperty("d");
    }

    /// <summary>The data of the next message of an opcode; others before it are passed over.</summary>
    public async Task<JsonElement> UntilAsync(int op)
    {
        while (true)
        {
            var message = await NextAsync();
            if (message.Op() == op)
            {
                return message.GetProperty("d");
            }
        }
    }

    /// <summary>Everything that came, after a heartbeat of ours was answered: what was sent to the server before has been read by then.</summary>
    public async Task<IReadOnlyList<JsonElement>> BeatAsync()
    {
        await Socket.SendAsync(3, Version >= 8 ? "{\"t\":77,\"seq_ack\":0}" : "77");
        var before = new List<JsonElement>();
        while (true)
        {
            var message = await NextAsync();
            if (message.Op() == (Version == 1 ? 3 : 6))
            {
                return before;
            }

            before.Add(message);
        }
    }

    public ValueTask DisposeAsync() => Socket.DisposeAsync();
}
