using System.Globalization;
using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Mutes;

namespace VoiceCluster.LoadGen.Tests.Mutes;

public sealed class GuildChoiceTests
{
    private readonly List<ulong> _asked = [];

    [Theory]
    [InlineData("node-1", 300)]
    [InlineData("node-2", 301)]
    [InlineData("node-3", 302)]
    public async Task The_first_guild_of_the_node_is_found(string node, ulong expected)
    {
        (await Choice(node).FindAsync(300)).ShouldBe(expected);

        _asked.ShouldBe(new[] { 300UL, 301UL, 302UL }.Where(guild => guild <= expected));
    }

    [Fact]
    public async Task A_node_that_owns_nothing_is_named_after_many_questions()
    {
        var refused = await Should.ThrowAsync<RefusedException>(() => Choice("node-9").FindAsync(1));

        refused.Message.ShouldContain("belongs to node-9");
        _asked.Count.ShouldBe(GuildChoice.Candidates);
    }

    [Fact]
    public async Task A_given_guild_of_the_node_is_taken() => (await Choice("node-2").CheckAsync(4)).ShouldBe(4UL);

    [Fact]
    public async Task A_given_guild_of_another_node_is_refused_with_its_owner()
    {
        var refused = await Should.ThrowAsync<RefusedException>(() => Choice("node-1").CheckAsync(4));

        refused.Message.ShouldStartWith("Guild 4 belongs to node-2, ");
    }

    private GuildChoice Choice(string node) => new(node, guild =>
    {
        _asked.Add(guild);
        return Task.FromResult(string.Create(CultureInfo.InvariantCulture, $"node-{(guild % 3) + 1}"));
    });
}
