using System.Globalization;
using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Commands;
using VoiceCluster.LoadGen.Native;
using VoiceCluster.LoadGen.Nodes;

namespace VoiceCluster.LoadGen.Joins;

/// <summary><see cref="JoinsCommand"/> in a process of its own, at the lowest priority.</summary>
internal sealed class JoinsProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private readonly PinnedProcess _process;

    private JoinsProcess(PinnedProcess process) => _process = process;

    /// <summary>Starts it and waits until its backend is connected.</summary>
    /// <exception cref="ClientException">It does not start.</exception>
    public static async Task<JoinsProcess> StartAsync(NodeAddress node, double rate, TimeSpan duration, CancellationToken cancellation)
    {
        string[] arguments =
        [
            "-n", "19", Environment.ProcessPath!, typeof(JoinsProcess).Assembly.Location, "joins", "--rate", Text(rate), "--seconds", Text(duration.TotalSeconds),
            "--url", node.LvspUrl.AbsoluteUri, "--voice-url", node.VoiceUrl.AbsoluteUri,
        ];
        var joins = new JoinsProcess(PinnedProcess.Start(core: null, "/usr/bin/nice", arguments, (LvspOptions.SecretVariable, node.Secret)));
        try
        {
            await joins._process.LineAsync(static line => line == "ready", StartLimit, cancellation);
            return joins;
        }
        catch
        {
            await joins.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits for the end.</summary>
    /// <param name="limit">Beyond which something is wrong.</param>
    /// <returns>Joins that went well in a second.</returns>
    public async Task<double> FinishAsync(TimeSpan limit, CancellationToken cancellation) =>
        JoinsCommand.ParseRate(await _process.LineAsync(static line => line.StartsWith("rate ", StringComparison.Ordinal), limit, cancellation));

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
}
