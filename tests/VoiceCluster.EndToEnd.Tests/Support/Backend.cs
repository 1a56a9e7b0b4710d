using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.EndToEnd.Tests.Support;

/// <summary>What a backend was given for one user, to pass on.</summary>
internal sealed record Credentials(string UserId, string? GuildId, string ChannelId, string SessionId, string Token)
{
    /// <summary>Where the user is to connect.</summary>
    public string Endpoint { get; init; } = string.Empty;

    /// <summary>What a voice client calls the server.</summary>
    public string ServerId => GuildId ?? ChannelId;
}

/// <summary>A backend's end of LVSP, on a bare WebSocket: says just what a test wants it to say, and checks the numbering of all that it is told.</summary>
internal sealed class Backend : IAsyncDisposable
{
    private Backend(RawSocket socket, JsonElement hello) => (Socket, Hello) = (socket, hello);

    public RawSocket Socket { get; }

    public JsonElement Hello { get; }

    public string Nonce => Hello.GetProperty("d").GetProperty("nonce").GetString()!;

    /// <summary>The token that this connection was identified with.</summary>
    public string Token { get; private set; } = string.Empty;

    /// <summary>The READY.</summary>
    public JsonElement Ready { get; private set; }

    public string SessionId => Ready.GetProperty("d").GetProperty("session_id").GetString()!;

    /// <summary>The number of the last INFO.</summary>
    public long Sequence { get; set; }

    /// <summary>The token for a nonce, as the document has it and Litecord writes it.</summary>
    public static string TokenFor(string nonce, string secret = EndToEndNode.Secret) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes(nonce)));

    /// <summary>Connects and takes HELLO.</summary>
    public static async Task<Backend> OpenAsync(EndToEndNode node, string query = "") =>
        await OpenAsync(new Uri(node.Lvsp.AbsoluteUri + query));

    /// <summary>Connects and takes HELLO.</summary>
    public static async Task<Backend> OpenAsync(Uri url, string? trusted = null)
    {
        return await GreetedAsync(await RawSocket.ConnectAsync(url, trusted: trusted));
    }

    /// <summary>Takes HELLO from a fresh socket.</summary>
    public static async Task<Backend> GreetedAsync(RawSocket socket)
    {
        var hello = await socket.NextAsync();
        hello.GetProperty("op").GetInt32().ShouldBe(0);
        return new Backend(socket, hello);
    }

    /// <summary>Connects and identifies.</summary>
    public static async Task<Backend> ConnectAsync(EndToEndNode node, string query = "", string secret = EndToEndNode.Secret)
    {
        var backend = await OpenAsync(node, query);
        await backend.IdentifyAsync(secret);
        return backend;
    }

    public async Task IdentifyAsync(string secret = EndToEndNode.Secret)
    {
        Token = TokenFor(Nonce, secret);
        await Socket.SendAsync(1, $$"""{"token":"{{Token}}"}""");
        Ready = await Socket.NextAsync();
        Ready.GetProperty("op").GetInt32().ShouldBe(3);
    }

    public Task SendAsync(string json) => Socket.SendAsync(json);

    /// <summary>Sends an INFO in the given form.</summary>
    public Task InfoAsync(LvspForm form, int type, string body) =>
        Socket.SendAsync(6, $"{{\"type\":{type},\"{KeyOf(form)}\":{body}}}");

    /// <summary>The next message, which has to be an INFO of this form and type, numbered next; its body.</summary>
    public async Task<JsonElement> TakeAsync(LvspForm form, int type)
    {
        var message = await Socket.NextAsync();
        message.GetProperty("op").GetInt32().ShouldBe(6, message.ToString());
        message.GetProperty("s").GetInt64().ShouldBe(++Sequence, message.ToString());
        var d = message.GetProperty("d");
        d.GetProperty("type").GetInt32().ShouldBe(type, message.ToString());
        d.EnumerateObject().Count().ShouldBe(2, message.ToString());
        return d.GetProperty(KeyOf(form));
    }

    /// <summary>Asks for a channel and takes the answer; its token.</summary>
    public async Task<string> RequestChannelAsync(LvspForm form, string channel, string? guild = null)
    {
        if (form == LvspForm.Litecord)
        {
            await InfoAsync(form, 0, $$"""{"channel_id":"{{channel}}","guild_id":{{Quote(guild)}}}""");
            return (await TakeAsync(form, 1)).Text("token");
        }

        await InfoAsync(form, 0, $$"""{"id":"{{channel}}","guild_id":{{Quote(guild)}}}""");
        return (await TakeAsync(form, 0)).Text("token");
    }

    /// <summary>Joins a user to a channel, which exists unless it is to be assigned, and takes the answers.</summary>
    public async Task<Credentials> JoinAsync(LvspForm form, string user, string channel, string? guild = null, bool assigned = false)
    {
        var body = $$"""{"user_id":"{{user}}","channel_id":"{{channel}}","guild_id":{{Quote(guild)}}}""";
        await (form == LvspForm.Litecord ? InfoAsync(form, 4, body) : Socket.SendAsync(7, body));
        if (assigned)
        {
            await TakeAsync(form, form == LvspForm.Litecord ? 1 : 0);
        }

        return await TakeJoinedAsync(form, guild);
    }

    /// <summary>Takes the answer to a join.</summary>
    public async Task<Credentials> TakeJoinedAsync(LvspForm form, string? guild = null)
    {
        var done = await TakeAsync(form, form == LvspForm.Litecord ? 4 : 1);
        return new Credentials(done.Text("user_id"), guild, done.Text("channel_id"), done.Text("session_id"), done.Text("token"))
        {
            Endpoint = done.Text("endpoint"),
        };
    }

    /// <summary>Takes a user out.</summary>
    public Task LeaveAsync(LvspForm form, Credentials user) => form == LvspForm.Litecord
        ? InfoAsync(form, 6, $$"""{"user_id":"{{user.UserId}}","channel_id":"{{user.ChannelId}}","guild_id":{{Quote(user.GuildId)}}}""")
        : InfoAsync(form, 1, $$"""{"user_id":"{{user.UserId}}","channel_id":null,"session_id":"{{user.SessionId}}"}""");

    /// <summary>Destroys a channel.</summary>
    public Task DestroyAsync(LvspForm form, string channel, string? guild = null) => form == LvspForm.Litecord
        ? InfoAsync(form, 3, $$"""{"channel_id":"{{channel}}","guild_id":{{Quote(guild)}}}""")
        : InfoAsync(form, 0, $$"""{"id":"{{channel}}","deleted":true}""");

    /// <summary>Changes a user's booleans.</summary>
    public Task SetFlagsAsync(LvspForm form, Credentials user, string flags) => InfoAsync(
        form,
        form == LvspForm.Litecord ? 5 : 1,
        $$"""{"user_id":"{{user.UserId}}","channel_id":"{{user.ChannelId}}","guild_id":{{Quote(user.GuildId)}},{{flags}}}""");

    /// <summary>
    /// Waits until all that was sent has been handled, and fails if anything was said to it: requests take effect in order, so the answer
    /// to a new one has to come next.
    /// </summary>
    public Task<string> SettleAsync(LvspForm form = LvspForm.Litecord) => RequestChannelAsync(form, Ids.Next());

    /// <summary>Beats and takes the answer, which has to come next.</summary>
    public async Task<JsonElement> BeatAsync(string d)
    {
        await Socket.SendAsync(4, d);
        var ack = await Socket.NextAsync();
        ack.GetProperty("op").GetInt32().ShouldBe(5, ack.ToString());
        return ack.GetProperty("d");
    }

    public ValueTask DisposeAsync() => Socket.DisposeAsync();

    private static string KeyOf(LvspForm form) => form == LvspForm.Litecord ? "data" : "info";

    private static string Quote(string? id) => id is null ? "null" : $"\"{id}\"";
}

/// <summary>Short ways into JSON.</summary>
internal static class JsonReading
{
    extension(JsonElement json)
    {
        /// <summary>A member that is a text.</summary>
        public string Text(string name) => json.GetProperty(name).GetString()!;

        /// <summary>The names of all members.</summary>
        public IEnumerable<string> Names() => json.EnumerateObject().Select(member => member.Name);

        /// <summary>The opcode.</summary>
        public int Op() => json.GetProperty("op").GetInt32();
    }
}
