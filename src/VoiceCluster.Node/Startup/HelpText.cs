using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using VoiceCluster.Node.Configuration;

namespace VoiceCluster.Node.Startup;

/// <summary>What <c>--help</c> prints.</summary>
internal static class HelpText
{
    private const string Usage = """
        Usage: VoiceCluster.Node [switches] [--Section:Key value | --Section:Key=value]...

        Switches
          --dev            one node on this machine: loopback, in memory, a secret everybody knows
          --config <path>  settings from this file instead of hocon/node.conf
          --check          check the settings, print them without secrets, and exit
          --test-clock <path>  for tests: the wall clock is wrong by the seconds in this file, which is read all the time
          --version        print the version and exit
          --help           print this and exit

        Settings come from hocon/common.conf, then hocon/node.conf or --config, then hocon/dev.conf with --dev,
        then environment variables VOICECLUSTER__Section__Key, then flags. Later ones win. Lists in the environment
        and in flags are written with commas. Durations need a unit (500ms, 30s, 5m, 1h); sizes are bytes, KiB or MiB.


        """;

    public static string Describe(ImmutableArray<SettingDescription> settings)
    {
        var text = new StringBuilder(Usage);
        foreach (var section in settings.GroupBy(setting => setting.Key.Split(':')[0]))
        {
            text.Append(section.Key).Append('\n');
            foreach (var setting in section)
            {
                var standing = setting.Default is null ? "" : $" [{setting.Default}]";
                text.Append(CultureInfo.InvariantCulture, $"  {setting.Key,-40} {setting.Doc}{standing}\n");
            }
        }
        return text.ToString();
    }
}
