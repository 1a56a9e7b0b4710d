using System.CommandLine;
using System.CommandLine.Help;
using VoiceCluster.LoadGen.Bench;
using VoiceCluster.LoadGen.Chaos;
using VoiceCluster.LoadGen.Churn;
using VoiceCluster.LoadGen.Joins;
using VoiceCluster.LoadGen.Media;
using VoiceCluster.LoadGen.Mutes;
using VoiceCluster.LoadGen.Peers;
using VoiceCluster.LoadGen.Scaling;
using VoiceCluster.LoadGen.Spans;

var loadgen = new Command("loadgen", "Puts load on a VoiceCluster node and judges how it stands it.")
{
    new HelpOption(),
    new VersionOption(),
    ChaosCommand.Create(),
    ChurnCommand.Create(),
    PeerCommand.Create(),
    MediaCommand.Create(),
    ScalingCommand.Create(),
    JoinsCommand.Create(),
    BenchCommand.Create(),
    MuteCommand.Create(),
    SpanCommand.Create(),
};
return await loadgen.Parse(args).InvokeAsync();
