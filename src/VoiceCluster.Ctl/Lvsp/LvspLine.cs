using System.Collections.Immutable;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Ctl.Lvsp;

/// <summary>What a typed line means.</summary>
internal abstract record LvspLine
{
    private LvspLine()
    {
    }

    /// <summary>Requests, to be sent in this order.</summary>
    public sealed record Ask(ImmutableArray<LvspRequest> Requests) : LvspLine;

    /// <summary>A frame to be sent as it is.</summary>
    public sealed record Raw(string Json) : LvspLine;

    /// <summary>Requests are written in this form from now on.</summary>
    public sealed record UseForm(LvspForm Form) : LvspLine;

    /// <summary>A heartbeat is to be sent now.</summary>
    public sealed record Beat : LvspLine;

    /// <summary>The connection is to be broken, and the session resumed.</summary>
    public sealed record Resume : LvspLine;

    /// <summary>The connection is to be broken, and nothing more.</summary>
    public sealed record Drop : LvspLine;

    /// <summary>The commands are to be listed.</summary>
    public sealed record Help : LvspLine;

    /// <summary>The end.</summary>
    public sealed record Quit : LvspLine;

    /// <summary>Nothing was typed, or a comment.</summary>
    public sealed record Nothing : LvspLine;

    /// <summary>The line cannot be understood; the text says why.</summary>
    public sealed record Problem(string Text) : LvspLine;

    /// <summary>Every command with its arguments and meaning.</summary>
    public static ImmutableArray<(string Usage, string Meaning)> Commands { get; } =
    [
        ("join USER CHANNEL [GUILD]", "request the channel, then join the user"),
        ("leave USER CHANNEL [GUILD]", "the user leaves"),
        ("leave SESSION", "the same, by session id"),
        ("mute|unmute USER CHANNEL [GUILD]", "likewise deaf, undeaf, suppress, unsuppress, selfmute, selfunmute, selfdeaf, selfundeaf"),
        ("channel CHANNEL [GUILD [BITRATE]]", "request a channel"),
        ("bitrate BITRATE CHANNEL [GUILD]", "change a channel's bitrate"),
        ("destroy CHANNEL [GUILD]", "end a channel with everybody in it"),
        ("form litecord|document", "write requests in the other form"),
        ("beat", "send a heartbeat now"),
        ("drop", "break the connection"),
        ("resume", "break the connection if there is one, and resume the session"),
        ("{...}", "send this JSON as it is"),
        ("quit", "say goodbye and end"),
    ];

    /// <summary>Reads a line.</summary>
    public static LvspLine Parse(string line)
    {
        line = line.Trim();
        if (line.StartsWith('{'))
        {
            return new Raw(line);
        }

        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return words switch
        {
            [] or ["#", ..] => new Nothing(),
            ["help" or "?"] => new Help(),
            ["quit" or "exit"] => new Quit(),
            ["beat" or "heartbeat"] => new Beat(),
            ["resume"] => new Resume(),
            ["drop"] => new Drop(),
            ["form", "litecord"] => new UseForm(LvspForm.Litecord),
            ["form", "document"] => new UseForm(LvspForm.Document),
            ["leave", var session] when !Snowflake.TryParse(session, out _) => Asking(new VoiceStateDestroy(VoiceStateSelector.BySession(session))),
            [var command, .. var arguments] => ParseIds(command, arguments),
        };
    }

    private static LvspLine ParseIds(string command, string[] arguments)
    {
        var ids = new Snowflake[arguments.Length];
        for (var index = 0; index < arguments.Length; index++)
        {
            if (!Snowflake.TryParse(arguments[index], out ids[index]))
            {
                return TakesIds(command) ? new Problem($"'{arguments[index]}' is no id.") : Unknown(command);
            }
        }

        return (command, ids) switch
        {
            ("join", [var user, var channel, .. var guild]) when guild.Length <= 1 => Join(user, channel, Guild(guild)),
            ("leave", [var user, var channel, .. var guild]) when guild.Length <= 1 =>
                Asking(new VoiceStateDestroy(VoiceStateSelector.ByChannel(user, channel, Guild(guild)))),
            ("channel", [var channel, .. var rest]) when rest.Length <= 2 =>
                Asking(new ChannelRequest(channel, Guild(rest), rest.Length == 2 ? Bitrate(rest[1]) : null)),
            ("bitrate", [var bitrate, var channel, .. var guild]) when guild.Length <= 1 =>
                Asking(new ChannelUpdate(channel, Guild(guild), Bitrate(bitrate))),
            ("destroy", [var channel, .. var guild]) when guild.Length <= 1 => Asking(new ChannelDestroy(channel, Guild(guild))),
            (_, [var user, var channel, .. var guild]) when guild.Length <= 1 && FlagsOf(command) is { } flags =>
                Asking(new VoiceStateUpdate(VoiceStateSelector.ByChannel(user, channel, Guild(guild)), flags)),
            _ => Unknown(command),
        };
    }

    private static Ask Join(Snowflake user, Snowflake channel, Snowflake? guild) =>
        new([new ChannelRequest(channel, guild, null), new VoiceStateCreate(user, channel, guild, null, default)]);

    private static Ask Asking(LvspRequest request) => new([request]);

    private static Snowflake? Guild(Snowflake[] rest) => rest.Length > 0 ? rest[0] : null;

    private static int Bitrate(Snowflake number) => (int)Math.Min(number.Value, int.MaxValue);

    private static VoiceFlagsPatch? FlagsOf(string command) => command switch
    {
        "mute" => new VoiceFlagsPatch { Mute = true },
        "unmute" => new VoiceFlagsPatch { Mute = false },
        "deaf" => new VoiceFlagsPatch { Deaf = true },
        "undeaf" => new VoiceFlagsPatch { Deaf = false },
        "suppress" => new VoiceFlagsPatch { Suppress = true },
        "unsuppress" => new VoiceFlagsPatch { Suppress = false },
        "selfmute" => new VoiceFlagsPatch { SelfMute = true },
        "selfunmute" => new VoiceFlagsPatch { SelfMute = false },
        "selfdeaf" => new VoiceFlagsPatch { SelfDeaf = true },
        "selfundeaf" => new VoiceFlagsPatch { SelfDeaf = false },
        _ => null,
    };

    private static bool TakesIds(string command) =>
        FlagsOf(command) is not null || Commands.Any(known => known.Usage.StartsWith(command + " ", StringComparison.Ordinal) && known.Usage.Contains("CHANNEL"));

    private static Problem Unknown(string command)
    {
        var usages = Commands.Where(known => known.Usage.Split(' ')[0].Split('|').Contains(command)).Select(known => known.Usage).ToList();
        return new Problem(usages.Count > 0 ? $"Usage: {string.Join(" or ", usages)}" : $"'{command}' is no command. Type help.");
    }
}
