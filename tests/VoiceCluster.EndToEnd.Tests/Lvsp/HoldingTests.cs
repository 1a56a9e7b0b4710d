using System.Text.Json;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Identities;
using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.TestKit;

namespace VoiceCluster.EndToEnd.Tests.Lvsp;

/// <summary>A live link keeps its session whatever the store believes of it, and whether or not there is a store.</summary>
public sealed class HoldingTests : IAsyncLifetime
{
    private static readonly Realm Realm = new("default");
    private static readonly TimeSpan HoldInterval = TimeSpan.FromSeconds(1);

    private readonly List<Backend> _backends = [];
    private readonly List<string> _told = [];
    private readonly string _channel = Ids.Next();
    private EndToEndNode _node = null!;
    private FailingStore _store = null!;

    public async Task InitializeAsync()
    {
        _node = await EndToEndNode.StartAsync(new EndToEndSetup
        {
            Time = new ManualTimeProvider(),
            Flags = ["--Voice:ChannelIdleTimeout=1h"],
            Services = services => _store = FailingStore.Decorate(services),
        });

        // A channel that the node has in memory is answered for without the store.
        var other = await Backend.ConnectAsync(_node);
        _backends.Add(other);
        await other.RequestChannelAsync(LvspForm.Litecord, _channel);
    }

    public async Task DisposeAsync()
    {
        _store.IsAway = false;
        foreach (var backend in _backends)
        {
            await backend.DisposeAsync();
        }

        await _node.DisposeAsync();
    }

    [Fact]
    public async Task A_session_that_was_taken_for_lost_is_taken_back_by_its_link()
    {
        var backend = await ConnectAsync();
        await TakeForLostAsync();

        await HoldAsync(backend);

        (await FindAsync(backend)).ExpiresAt.ShouldBeNull();
        _node.Advance(TimeSpan.FromSeconds(30));
        await RequestAsync(backend);
    }

    [Fact]
    public async Task A_request_is_answered_even_before_the_session_was_taken_back()
    {
        var backend = await ConnectAsync();
        await TakeForLostAsync();

        await RequestAsync(backend);
        await RequestAsync(backend);

        await ResumeAndCompareAsync(backend, seen: 0);
    }

    [Fact]
    public async Task A_notice_whose_wake_up_was_lost_is_told_with_the_next_hold()
    {
        var backend = await ConnectAsync();
        await RequestAsync(backend);
        await AppendAsync(backend);

        _node.Advance(HoldInterval);

        (await backend.TakeAsync(LvspForm.Litecord, 2)).Text("reason").ShouldBe("of another node");
        await RequestAsync(backend);
    }

    [Fact]
    public async Task A_link_that_lost_its_session_without_being_told_closes()
    {
        var backend = await ConnectAsync();
        var resume = new LvspResume(null, Realm, backend.SessionId, 0, new GatewayAddress(new NodeId("gone"), "link"), IsSettled: true);
        await _store.Inner.ResumeSessionAsync(resume, _node.Time!.GetUtcNow(), CancellationToken.None);

        _node.Advance(HoldInterval);

        (await backend.Socket.EndAsync()).ShouldBe(new SocketEnd(4000, "resumed elsewhere"));
    }

    [Fact]
    public async Task A_session_outlives_any_outage_even_one_during_which_its_row_goes_away()
    {
        var backend = await ConnectAsync();
        await RequestAsync(backend);
        await TakeForLostAsync();
        _store.IsAway = true;
        for (var minute = 0; minute < 10; minute++)
        {
            await RequestAsync(backend);
            await backend.BeatAsync($$"""{"s":{{backend.Sequence}}}""");
            _node.Advance(TimeSpan.FromSeconds(50));
        }

        // Whoever begins a session clears away what has expired.
        await _store.Inner.CreateSessionAsync(SessionOf("other"), limit: 10, CancellationToken.None);
        (await _store.Inner.AppendAsync(backend.SessionId, LvspAppend.Of("{}"u8.ToArray()), DateTimeOffset.MaxValue, CancellationToken.None)).ShouldBeNull();
        _store.IsAway = false;

        await RequestAsync(backend);
        await RequestAsync(backend);
        await ResumeAndCompareAsync(backend, seen: 1);
    }

    [Theory]
    [InlineData(nameof(ILvspSessionStore.AppendAsync))]
    [InlineData(nameof(ILvspSessionStore.SetFormAsync))]
    [InlineData(nameof(ILvspSessionStore.HoldAsync))]
    public async Task An_answer_of_the_store_that_is_lost_loses_and_doubles_nothing(string call)
    {
        var backend = await ConnectAsync();
        _store.LoseAnswer(call);

        // The same over and over: what is kept is told apart by more than its text.
        await RequestAsync(backend);
        _node.Advance(HoldInterval);
        await RequestAsync(backend);
        await RequestAsync(backend);
        _store.IsAway = false;
        await RequestAsync(backend);
        await RequestAsync(backend);

        await ResumeAndCompareAsync(backend, seen: 0);
    }

    [Fact]
    public async Task A_merge_whose_answer_is_lost_loses_and_doubles_nothing()
    {
        var backend = await ConnectAsync();
        await RequestAsync(backend);
        _store.IsAway = true;
        await RequestAsync(backend);
        await RequestAsync(backend);
        _store.LoseAnswer(nameof(ILvspSessionStore.MergeAsync));
        _store.IsAway = false;
        await RequestAsync(backend);
        await RequestAsync(backend);
        _store.IsAway = false;
        await AppendAsync(backend);

        await RequestAsync(backend, after: "of another node");

        await ResumeAndCompareAsync(backend, seen: 0);
    }

    [Fact]
    public async Task What_others_kept_unseen_before_an_outage_follows_what_was_sent_during_it()
    {
        var backend = await ConnectAsync();
        await RequestAsync(backend);
        await AppendAsync(backend);
        _store.IsAway = true;
        await RequestAsync(backend);
        _store.IsAway = false;

        _node.Advance(HoldInterval);

        var told = await backend.Socket.NextAsync();
        told.GetProperty("s").GetInt64().ShouldBe(3);
        told.GetProperty("d").GetProperty("data").Text("reason").ShouldBe("of another node");
        _told.Add(told.GetRawText());
        await ResumeAndCompareAsync(backend, seen: 0);
    }

    [Fact]
    public async Task A_resume_waits_until_the_holder_has_stored_what_it_numbered_by_itself()
    {
        var backend = await ConnectAsync();
        _store.IsAway = true;
        await RequestAsync(backend);
        await RequestAsync(backend);
        _store.IsAway = false;
        await AppendAsync(backend);

        // The clock stands still: nothing but the resume makes the holder store them.
        var next = await ResumeAsync(backend, seen: 2);

        (await next.Socket.NextAsync()).GetProperty("d").GetProperty("data").Text("reason").ShouldBe("of another node");
        (await next.Socket.NextAsync()).GetProperty("d").GetProperty("resumed").GetBoolean().ShouldBeTrue();
        (await backend.Socket.EndAsync()).ShouldBe(new SocketEnd(4000, "resumed elsewhere"));
    }

    [Fact]
    public async Task A_session_whose_holder_cannot_store_what_it_numbered_is_not_resumed_and_lives_on()
    {
        var backend = await ConnectAsync();
        _store.IsAway = true;
        await RequestAsync(backend);
        _store.IsAway = false;
        _store.LoseAnswer(nameof(ILvspSessionStore.MergeAsync));

        var next = await ResumeAsync(backend, seen: 1);

        (await next.Socket.EndAsync()).ShouldBe(new SocketEnd(4000, "unavailable"));
        _store.IsAway = false;
        await RequestAsync(backend);
        await ResumeAndCompareAsync(backend, seen: 0);
    }

    [Fact]
    public async Task A_link_that_breaks_during_an_outage_leaves_its_session_when_the_store_is_back()
    {
        var backend = await ConnectAsync();
        await RequestAsync(backend);
        _store.IsAway = true;
        await RequestAsync(backend);
        backend.Socket.Abort();
        await backend.Socket.EndAsync();
        _store.IsAway = false;
        await Eventually.HoldsAsync(async () =>
        {
            _node.Advance(TimeSpan.FromMilliseconds(50));
            return (await FindAsync(backend)).ExpiresAt is not null;
        });

        var next = await ResumeAsync(backend, seen: 0);

        await CompareAsync(next, seen: 0);
    }

    [Fact]
    public async Task Numbers_that_were_given_out_without_the_store_die_with_their_holder()
    {
        var backend = await ConnectAsync();
        await RequestAsync(backend);
        await TakeForLostAsync();
        await AppendAsync(backend);
        await AppendAsync(backend);

        // To the store the holder is dead, which also a resume finds that was sent to a node without a link to it.
        var next = await ResumeAsync(backend, seen: 2);

        (await next.Socket.EndAsync()).Code.ShouldBe(4001);
    }

    private static LvspSessionRecord SessionOf(string id) =>
        new(id, Realm, $"hash of {id}", Form: null, LitecordCompatible: false, Generation: 1, new GatewayAddress(new NodeId("other"), "link"), ExpiresAt: null);

    private async Task<Backend> ConnectAsync()
    {
        var backend = await Backend.ConnectAsync(_node);
        _backends.Add(backend);
        return backend;
    }

    /// <summary>As when a node is declared dead that lives.</summary>
    private Task TakeForLostAsync() => _store.Inner.DetachHoldersAsync(
        new NodeId(_node.Host.Options.Node.Id), _node.Time!.GetUtcNow() + TimeSpan.FromSeconds(20), CancellationToken.None);

    /// <summary>As when another node appends and cannot wake the holder.</summary>
    private async Task AppendAsync(Backend backend)
    {
        var notice = new ChannelDestroyed(Ids.Snowflake(Ids.Next()), null, "of another node");
        LvspNoticeWriter.TryWriteBody(notice, LvspForm.Litecord, litecordCompatibility: false, out var body).ShouldBeTrue();
        (await _store.Inner.AppendAsync(backend.SessionId, LvspAppend.Of(body), _node.Time!.GetUtcNow(), CancellationToken.None)).ShouldNotBeNull();
    }

    private async Task<LvspSessionRecord> FindAsync(Backend backend) =>
        (await _store.Inner.FindSessionAsync(Realm, backend.SessionId, _node.Time!.GetUtcNow(), CancellationToken.None)).ShouldNotBeNull();

    /// <summary>Lets the link tell the store that it is there, and waits until it has.</summary>
    private async Task HoldAsync(Backend backend)
    {
        _node.Advance(HoldInterval);
        await Eventually.HoldsAsync(async () => (await FindAsync(backend)).ExpiresAt is null);
    }

    /// <summary>Asks for the channel and keeps the answer, which has to come next and have the next number.</summary>
    private async Task RequestAsync(Backend backend, string? after = null)
    {
        await backend.InfoAsync(LvspForm.Litecord, 0, $$"""{"channel_id":"{{_channel}}"}""");
        var answer = await KeepAsync(backend);
        if (after is not null)
        {
            answer.GetProperty("data").Text("reason").ShouldBe(after);
            answer = await KeepAsync(backend);
        }

        answer.GetProperty("data").Text("channel_id").ShouldBe(_channel);
    }

    private async Task<JsonElement> KeepAsync(Backend backend)
    {
        var message = await backend.Socket.NextAsync();
        message.GetProperty("s").GetInt64().ShouldBe(++backend.Sequence, message.ToString());
        _told.Add(message.GetRawText());
        return message.GetProperty("d");
    }

    private async Task<Backend> ResumeAsync(Backend session, long seen)
    {
        var next = await Backend.OpenAsync(_node);
        _backends.Add(next);
        await next.Socket.SendAsync(2, $$"""{"token":"{{session.Token}}","seq":{{seen}} }""");
        return next;
    }

    /// <summary>Resumes over another socket, and expects just what the first was told.</summary>
    private async Task ResumeAndCompareAsync(Backend session, int seen) => await CompareAsync(await ResumeAsync(session, seen), seen);

    private async Task CompareAsync(Backend next, int seen)
    {
        foreach (var expected in _told.Skip(seen))
        {
            (await next.Socket.NextAsync()).GetRawText().ShouldBe(expected);
        }

        (await next.Socket.NextAsync()).Op().ShouldBe(3);
        next.Sequence = _told.Count;
        await next.SettleAsync();
    }
}
