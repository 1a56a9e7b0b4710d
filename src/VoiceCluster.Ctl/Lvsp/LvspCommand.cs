using System.CommandLine;
using VoiceCluster.Client.Sockets;
using VoiceCluster.Ctl.Backend;

namespace VoiceCluster.Ctl.Lvsp;

/// <summary><c>voicectl lvsp</c>: a person plays the backend.</summary>
internal static class LvspCommand
{
    public static Command Create()
    {
        var backend = new BackendOptions();
        var linger = new Option<double>("--linger")
        {
            Description = "How long to go on listening when the input ends, in seconds.",
            DefaultValueFactory = _ => 1,
            HelpName = "seconds",
        };
        var command = new Command("lvsp", "Connects as a backend, takes commands from the keyboard or a pipe and shows what the node says.") { linger };
        backend.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var printer = new LvspPrinter(Terminal.Create(), TimeProvider.System);
            try
            {
                var session = new LvspConsole(backend.Lvsp(parsed, printer.Show), printer, TimeSpan.FromSeconds(parsed.GetValue(linger)));
                return await session.RunAsync(Console.In, cancellation) ? VoiceCtl.Success : VoiceCtl.Failure;
            }
            catch (ClientException exception)
            {
                printer.ShowProblem(exception.Message);
                return VoiceCtl.Failure;
            }
        });
        return command;
    }
}
