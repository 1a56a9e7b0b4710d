using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Cluster.Store.Postgres;

namespace VoiceCluster.Cluster.Tests.Store;

public sealed class PostgresTextTests
{
    [Fact]
    public void Any_text_comes_back_and_holds_on_the_way_only_what_the_database_takes()
    {
        var characters = Gen.Elements('a', '\\', '\0', '0', '\ud83d', '\ude00', 'é', '/');
        Prop.ForAll(characters.ArrayOf().Select(array => new string(array)).ToArbitrary(), text =>
        {
            var escaped = PostgresText.Escape(text);
            var isValid = !escaped.Contains('\0', StringComparison.Ordinal) && escaped.Length == new string(escaped.EnumerateRunes().SelectMany(rune => rune.ToString()).ToArray()).Length
                && escaped.EnumerateRunes().All(rune => rune.Value != 0xFFFD);
            return isValid && PostgresText.Unescape(escaped) == text;
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("plain/7/1", "plain/7/1")]
    [InlineData("a\0b", "a\\0000b")]
    [InlineData("\\", "\\005c")]
    [InlineData("😀", "😀")]
    public void Escape_writes_only_what_has_to_be_written_otherwise(string text, string escaped) => PostgresText.Escape(text).ShouldBe(escaped);

    [Theory]
    [InlineData("Host=db;Database=voice;Username=u;Password=p", null)]
    [InlineData("Host=db;Username=u", null)]
    [InlineData("Host=db", "Database")]
    [InlineData("Database=voice", "Host")]
    [InlineData("Host=db;Colour=red;Password=p", "connection string")]
    [InlineData("nonsense", "connection string")]
    public void FindProblem_says_what_a_connection_string_lacks(string connectionString, string? lacking)
    {
        var problem = PostgresAddress.FindProblem(connectionString);

        (problem is null).ShouldBe(lacking is null);
        problem?.ShouldContain(lacking!);
    }

    [Fact]
    public void Describe_shows_host_port_and_database_only()
    {
        PostgresAddress.Describe("Host=db;Port=5433;Database=voice;Username=u;Password=p").ShouldBe("db:5433/voice");
        PostgresAddress.Describe("Host=db;Username=u;Password=p").ShouldBe("db:5432/u");
        PostgresAddress.Describe("Password=p;Colour=red").ShouldNotContain("p;");
    }
}
