using System.Text;
using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages.Wire;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.VoiceStates;

namespace VoiceCluster.Cluster.Tests.Messages.Wire;

/// <summary>What nodes write to one another, byte for byte: another release is at the other end of the link during an upgrade.</summary>
public sealed class ClusterMessagesTests
{
    private static readonly JsonMessageCodec Codec = ClusterMessages.Codec;

    [Fact]
    public void Every_message_has_the_bytes_that_the_last_release_knew()
    {
        var lines = MessageSamples.All.Select(message => Text(Codec.Encode(message)));
        lines.ShouldBe(MessageGoldens.Lines);
    }

    [Fact]
    public void Every_message_comes_back_with_all_its_members()
    {
        foreach (var message in MessageSamples.All)
        {
            var bytes = Codec.Encode(message);
            Codec.TryDecode(bytes, out var read).ShouldBeTrue(Text(bytes));
            read.ShouldBeOfType(message.GetType());
            Codec.Encode(read).ShouldBe(bytes);
        }
    }

    [Fact]
    public void Every_public_message_and_command_has_a_sample()
    {
        var messages = typeof(IActorMessage).Assembly.GetExportedTypes().Where(type => IsConcrete(type, typeof(IActorMessage)));
        MessageSamples.All.Select(message => message.GetType()).Distinct().ShouldBe(messages, ignoreOrder: true);
        MessageSamples.ChannelCommands.Select(command => command.GetType()).Distinct().ShouldBe(CasesOf(typeof(VoiceChannelCommand)), ignoreOrder: true);
        MessageSamples.StateCommands.Select(command => command.GetType()).Distinct().ShouldBe(CasesOf(typeof(VoiceStateCommand)), ignoreOrder: true);
    }

    [Fact]
    public void Members_of_a_later_release_are_skipped()
    {
        foreach (var message in MessageSamples.All)
        {
            var text = Text(Codec.Encode(message));
            var extended = text.Replace("{", """{"of_a_later_release":[{"x":1}],""", StringComparison.Ordinal).Replace(",}", "}", StringComparison.Ordinal);
            // The object that names a command has exactly one member.
            extended = extended.Replace("""
                "command":{"of_a_later_release":[{"x":1}],
                """, "\"command\":{", StringComparison.Ordinal);
            Codec.TryDecode(Bytes(extended), out var read).ShouldBeTrue(extended);
            Text(Codec.Encode(read)).ShouldBe(text);
        }
    }

    [Theory]
    [InlineData("""channel-request {"channel":{"realm":"r","guild_id":null,"channel_id":"1"},"command":{"destroy":{}}}""")]
    [InlineData("""channel-request {"channel":{"realm":"r","guild_id":null,"channel_id":"1"},"command":{"update":{"bitrate_bps":96000}}}""")]
    [InlineData("""state-request {"state":{"realm":"r","scope_id":"1","user_id":"2"},"command":{"leave":{"channel":null,"session_id":null}}}""")]
    public void Requests_of_a_release_that_does_not_say_when_they_were_made_are_read(string text) => Codec.TryDecode(Bytes(text), out _).ShouldBeTrue();

    [Theory]
    [InlineData("""channel-request {"channel":{"realm":"r","guild_id":null,"channel_id":"1"},"command":{"explode":{}}}""")]
    [InlineData("""channel-request {"channel":{"realm":"r","guild_id":null,"channel_id":"1"},"command":{}}""")]
    [InlineData("""channel-request {"channel":{"realm":"r","guild_id":null,"channel_id":"1"},"command":{"destroy":null}}""")]
    [InlineData("""channel-request {"channel":{"realm":"r","guild_id":null,"channel_id":"1"},"command":{"destroy":{},"expire":{}}}""")]
    [InlineData("""channel-request {"channel":{"realm":"r","guild_id":null,"channel_id":"1"},"command":null}""")]
    [InlineData("""channel-request {"channel":{"realm":"r","guild_id":null,"channel_id":"1"}}""")]
    [InlineData("""channel-request {"channel":{"realm":"r","guild_id":null,"channel_id":"0"},"command":{"destroy":{}}}""")]
    [InlineData("""channel-request {"channel":{"realm":"","guild_id":null,"channel_id":"1"},"command":{"destroy":{}}}""")]
    [InlineData("""end-claim {"claim_id":"00112233-4455-6677-8899-aabbccddeeff","reason":"bored"}""")]
    [InlineData("""end-claim {"claim_id":"00112233-4455-6677-8899-aabbccddeeff","reason":1}""")]
    [InlineData("""participant-left {"user_id":7}""")]
    [InlineData("""unbind-media-session {"session":"xyz"}""")]
    [InlineData("""source-started {"ssrc":-1}""")]
    [InlineData("""state-rename {}""")]
    public void What_is_not_known_or_not_whole_is_refused(string text) => Codec.TryDecode(Bytes(text), out _).ShouldBeFalse();

    [Fact]
    public void Every_message_cut_anywhere_is_refused()
    {
        foreach (var bytes in MessageSamples.All.Select(Codec.Encode))
        {
            for (var length = 0; length < bytes.Length; length++)
            {
                Codec.TryDecode(bytes.AsSpan(0, length), out _).ShouldBeFalse();
            }
        }
    }

    [Fact]
    public void Any_damage_is_read_or_refused_and_never_thrown() =>
        Prop.ForAll<int, int, byte>((which, where, value) =>
        {
            var bytes = Codec.Encode(MessageSamples.All[(which & int.MaxValue) % MessageSamples.All.Length]);
            bytes[(where & int.MaxValue) % bytes.Length] = value;
            Codec.TryDecode(bytes, out _);
        }).QuickCheckThrowOnFailure();

    private static IEnumerable<Type> CasesOf(Type union) => union.GetNestedTypes().Where(type => IsConcrete(type, union));

    private static bool IsConcrete(Type type, Type of) => type.IsAssignableTo(of) && !type.IsAbstract && !type.IsInterface;

    private static string Text(byte[] bytes) => $"{Encoding.ASCII.GetString(bytes, 1, bytes[0])} {Encoding.UTF8.GetString(bytes.AsSpan(1 + bytes[0]))}";

    private static byte[] Bytes(string text)
    {
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        return [(byte)space, .. Encoding.ASCII.GetBytes(text[..space]), .. Encoding.UTF8.GetBytes(text[(space + 1)..])];
    }
}
