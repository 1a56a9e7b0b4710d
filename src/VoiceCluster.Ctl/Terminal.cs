using Spectre.Console;

namespace VoiceCluster.Ctl;

/// <summary>Where commands print: with colours and movement on a terminal, as plain text into a pipe or file.</summary>
internal static class Terminal
{
    private const int PlainWidth = 160;

    /// <summary>A console for standard output.</summary>
    public static IAnsiConsole Create()
    {
        if (!Console.IsOutputRedirected)
        {
            return AnsiConsole.Console;
        }

        var plain = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        plain.Profile.Width = PlainWidth;
        return plain;
    }
}
