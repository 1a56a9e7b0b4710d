using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Cluster.Directory;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Directory;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Cluster.Tests.Directory;

public class DirectoryKeysTests
{
    private static readonly Realm Slashed = new("eu/main");
    private static readonly ChannelKey Channel = new(Slashed, new Snowflake(7), new Snowflake(70));
    private static readonly ChannelKey Call = new(Slashed, null, new Snowflake(71));
    private static readonly VoiceStateKey State = new(Slashed, new Snowflake(7), new Snowflake(1));

    [Fact]
    public void Token_IsTheHashInLowerHex() =>
        DirectoryKeys.Token("abc").ShouldBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");

    [Fact]
    public void Entries_HaveTheStoredText()
    {
        DirectoryKeys.EntryOf(Channel).ShouldBe(new DirectoryEntry(DirectoryIndex.Channel, "eu/main/70", "7"));
        DirectoryKeys.EntryOf(Call).ShouldBe(new DirectoryEntry(DirectoryIndex.Channel, "eu/main/71", ""));
        DirectoryKeys.EntryOf("s1", State).ShouldBe(new DirectoryEntry(DirectoryIndex.Session, "eu/main/s1", "eu/main/7/1"));
        DirectoryKeys.EntryOfToken("h", State).ShouldBe(new DirectoryEntry(DirectoryIndex.Token, "h", "s/eu/main/7/1"));
        DirectoryKeys.EntryOfToken("h", Channel).ShouldBe(new DirectoryEntry(DirectoryIndex.Token, "h", "c/eu/main/7/70"));
        DirectoryKeys.EntryOfToken("h", Call).ShouldBe(new DirectoryEntry(DirectoryIndex.Token, "h", "c/eu/main//71"));
    }

    [Fact]
    public void TryRead_WhatEntriesHold_GivesItBack()
    {
        DirectoryKeys.TryReadChannel(DirectoryKeys.EntryOf(Channel).Value, Slashed, Channel.ChannelId, out var channel).ShouldBeTrue();
        channel.ShouldBe(Channel);
        DirectoryKeys.TryReadChannel(DirectoryKeys.EntryOf(Call).Value, Slashed, Call.ChannelId, out var call).ShouldBeTrue();
        call.ShouldBe(Call);
        DirectoryKeys.TryReadState(DirectoryKeys.EntryOf("s1", State).Value, out var state).ShouldBeTrue();
        state.ShouldBe(State);
        Grant(DirectoryKeys.EntryOfToken("h", State).Value).ShouldBe(new TokenGrant.ToVoiceState(State));
        Grant(DirectoryKeys.EntryOfToken("h", Channel).Value).ShouldBe(new TokenGrant.ToChannel(Channel));
        Grant(DirectoryKeys.EntryOfToken("h", Call).Value).ShouldBe(new TokenGrant.ToChannel(Call));
    }

    [Theory]
    [InlineData("")]
    [InlineData("s/")]
    [InlineData("s/1/2")]
    [InlineData("s//1/2")]
    [InlineData("s/r/0/2")]
    [InlineData("s/r/1/x")]
    [InlineData("s/r/1/2/")]
    [InlineData("x/r/1/2")]
    [InlineData("c/r/x/2")]
    [InlineData("c/r//")]
    [InlineData("S/r/1/2")]
    public void TryReadGrant_Malformed_IsRefused(string value) => DirectoryKeys.TryReadGrant(value, out _).ShouldBeFalse();

    [Fact]
    public void TryRead_AnyText_NeverThrows() =>
        Prop.ForAll<NonNull<string>>(text =>
        {
            DirectoryKeys.TryReadGrant(text.Get, out _);
            DirectoryKeys.TryReadGrant("s/" + text.Get, out _);
            DirectoryKeys.TryReadGrant("c/" + text.Get, out _);
            DirectoryKeys.TryReadState(text.Get, out _);
            DirectoryKeys.TryReadChannel(text.Get, Slashed, Channel.ChannelId, out _);
        }).QuickCheckThrowOnFailure();

    private static TokenGrant? Grant(string value) => DirectoryKeys.TryReadGrant(value, out var grant) ? grant : null;
}
