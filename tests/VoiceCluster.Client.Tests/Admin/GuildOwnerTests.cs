using System.Text.Json;
using VoiceCluster.Client.Admin;

namespace VoiceCluster.Client.Tests.Admin;

public sealed class GuildOwnerTests
{
    [Fact]
    public void Shard_and_owner_are_read() => GuildOwner.Parse("""{"shard":17,"owner":"node-2","more":1}""").ShouldBe(new GuildOwner(17, "node-2"));

    [Theory]
    [InlineData("nonsense")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"shard":"17","owner":"node-2"}""")]
    [InlineData("""{"shard":17.5,"owner":"node-2"}""")]
    [InlineData("""{"shard":17,"owner":2}""")]
    public void What_is_no_such_answer_is_told_as_that(string text) => Should.Throw<JsonException>(() => GuildOwner.Parse(text));
}
