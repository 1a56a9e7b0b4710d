using VoiceCluster.Ctl.Lvsp;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Ctl.Tests.Lvsp;

public sealed class LvspLineTests
{
    private static readonly Snowflake Guild = new(20);
    private static readonly Snowflake Channel = new(30);
    private static readonly Snowflake User = new(40);

    [Fact]
    public void Join_requests_the_channel_and_then_the_voice_state() => Requests("join 40 30 20").ShouldBe(
    [
        new ChannelRequest(Channel, Guild, null),
        new VoiceStateCreate(User, Channel, Guild, null, default),
    ]);

    [Fact]
    public void Join_without_guild_is_a_private_call() =>
        Requests("join 40 30")[1].ShouldBe(new VoiceStateCreate(User, Channel, null, null, default));

    [Fact]
    public void Leave_names_the_state_by_user_and_channel_or_by_session()
    {
        Requests("leave 40 30 20").ShouldBe([new VoiceStateDestroy(VoiceStateSelector.ByChannel(User, Channel, Guild))]);
        Requests("leave aB3").ShouldBe([new VoiceStateDestroy(VoiceStateSelector.BySession("aB3"))]);
    }

    [Fact]
    public void Channel_may_have_a_guild_and_a_bitrate()
    {
        Requests("channel 30").ShouldBe([new ChannelRequest(Channel, null, null)]);
        Requests("channel 30 20 96000").ShouldBe([new ChannelRequest(Channel, Guild, 96_000)]);
    }

    [Fact]
    public void Bitrate_and_destroy_ask_for_what_they_say()
    {
        Requests("bitrate 96 30 20").ShouldBe([new ChannelUpdate(Channel, Guild, 96)]);
        Requests("destroy 30 20").ShouldBe([new ChannelDestroy(Channel, Guild)]);
    }

    [Theory]
    [InlineData("mute", null, true, null)]
    [InlineData("unmute", null, false, null)]
    [InlineData("deaf", true, null, null)]
    [InlineData("suppress", null, null, true)]
    public void Flags_change_one_boolean_and_leave_the_rest(string command, bool? deaf, bool? mute, bool? suppress) =>
        Requests($"{command} 40 30 20").ShouldBe(
        [
            new VoiceStateUpdate(VoiceStateSelector.ByChannel(User, Channel, Guild), new VoiceFlagsPatch(deaf, mute, null, null, suppress)),
        ]);

    [Fact]
    public void Braces_are_sent_as_they_are() =>
        LvspLine.Parse("  {\"op\":4,\"d\":{}} ").ShouldBe(new LvspLine.Raw("{\"op\":4,\"d\":{}}"));

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("# a comment")]
    public void Empty_lines_and_comments_do_nothing(string line) => LvspLine.Parse(line).ShouldBeOfType<LvspLine.Nothing>();

    [Theory]
    [InlineData("dance", "'dance' is no command. Type help.")]
    [InlineData("dance 1 2", "'dance' is no command. Type help.")]
    [InlineData("dance well", "'dance' is no command. Type help.")]
    [InlineData("join 40", "Usage: join USER CHANNEL [GUILD]")]
    [InlineData("join 40 x", "'x' is no id.")]
    [InlineData("join 0 30", "'0' is no id.")]
    [InlineData("mute x 30", "'x' is no id.")]
    [InlineData("join 40 30 20 10", "Usage: join USER CHANNEL [GUILD]")]
    [InlineData("form french", "Usage: form litecord|document")]
    public void What_cannot_be_understood_is_explained(string line, string problem) =>
        LvspLine.Parse(line).ShouldBe(new LvspLine.Problem(problem));

    [Fact]
    public void Every_command_that_help_names_is_known()
    {
        foreach (var (usage, _) in LvspLine.Commands.Where(command => command.Usage[0] != '{'))
        {
            foreach (var word in usage.Split(' ')[0].Split('|'))
            {
                LvspLine.Parse(word).ShouldNotBe(new LvspLine.Problem($"'{word}' is no command. Type help."), word);
            }
        }
    }

    private static LvspRequest[] Requests(string line) => [.. LvspLine.Parse(line).ShouldBeOfType<LvspLine.Ask>().Requests];
}
