using System.CommandLine;
using System.CommandLine.Help;
using VoiceCluster.Ctl.Admin;
using VoiceCluster.Ctl.Calls;
using VoiceCluster.Ctl.Lvsp;

namespace VoiceCluster.Ctl;

/// <summary>The command line as a whole.</summary>
public static class VoiceCtl
{
    /// <summary>The run did what was asked for.</summary>
    public const int Success = 0;

    /// <summary>It did not; what went wrong was printed.</summary>
    public const int Failure = 1;

    /// <summary>Builds the command with everything below it.</summary>
    /// <remarks>No <see cref="RootCommand"/>, because that is called after the file it was started from.</remarks>
    public static Command Create() => new("voicectl", "Speaks to a VoiceCluster node as a chat backend, as voice clients and as its operator. The defaults fit a node started by ./run.sh.")
    {
        new HelpOption(),
        new VersionOption(),
        CallCommand.Create(),
        LvspCommand.Create(),
        DrainCommand.CreateDrain(),
        DrainCommand.CreateUndrain(),
        LinksCommand.Create(),
    };
}
