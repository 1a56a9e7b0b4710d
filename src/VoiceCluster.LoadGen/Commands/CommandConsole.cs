using Spectre.Console;
using VoiceCluster.Client.Sockets;

namespace VoiceCluster.LoadGen.Commands;

/// <summary>Where a command says what it does, and how it ends.</summary>
internal sealed class CommandConsole
{
    private const int PlainWidth = 160;

    /// <summary>Standard output: with colours on a terminal, as plain text into a pipe or file.</summary>
    public IAnsiConsole Output { get; } = Create();

    /// <summary>Prints one line of progress.</summary>
    public void Progress(string text) => Output.MarkupLineInterpolated($"[grey]{text}[/]");

    /// <summary>Prints what went wrong.</summary>
    public void Failure(string text) => Output.MarkupLineInterpolated($"[red]BAD[/] {text}");

    /// <summary>Runs a command; what keeps it from its end becomes one line.</summary>
    /// <param name="run">Tells whether all is as it should be.</param>
    /// <returns>The exit status.</returns>
    public async Task<int> RunAsync(Func<Task<bool>> run)
    {
        try
        {
            return await run() ? 0 : 1;
        }
        catch (Exception exception) when (exception is ClientException or IOException)
        {
            Failure(exception.Message);
        }
        catch (OperationCanceledException)
        {
            Failure("stopped");
        }

        return 1;
    }

    private static IAnsiConsole Create()
    {
        if (!Console.IsOutputRedirected)
        {
            return AnsiConsole.Console;
        }

        var plain = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });
        plain.Profile.Width = PlainWidth;
        return plain;
    }
}
