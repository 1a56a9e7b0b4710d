using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Native;
using VoiceCluster.LoadGen.Nodes;

namespace VoiceCluster.LoadGen.Media;

/// <summary>A node, and the floor if wanted, under the same load in turns.</summary>
internal sealed class MediaRun(MediaOptions options, Action<string> progress)
{
    /// <summary>Runs.</summary>
    /// <returns>The windows in the order in which they were measured.</returns>
    /// <exception cref="ClientException">Something could not be started or joined.</exception>
    public async Task<IReadOnlyList<MeasuredWindow>> RunAsync(CancellationToken cancellation)
    {
        var userPort = FreePorts.Take();
        using var socket = new UserSocket(userPort);
        var begun = TimeProvider.System.GetTimestamp();
        await using var server = await JoinAsync(socket, cancellation);
        var took = TimeProvider.System.GetElapsedTime(begun);
        progress($"{options.Shape.Users} users joined node {server.ProcessId} in {took.TotalSeconds:0.0} s ({options.Shape.Users / took.TotalSeconds:0} a second)");
        return await MeasureAsync(server, socket, userPort, cancellation);
    }

    private async Task<NodeForwarder> JoinAsync(UserSocket socket, CancellationToken cancellation)
    {
        progress($"{options.Shape}");
        if (options.Node is { } running)
        {
            return await NodeForwarder.JoinAsync(running, options.Shape, options.Modes, options.PayloadLength, socket, cancellation);
        }

        var node = await NodeProcess.StartAsync(options.Core, options.Workers, options.NodeAssembly, options.Settings, cancellation);
        return await NodeForwarder.JoinAsync(node, options.Shape, options.Modes, options.PayloadLength, socket, cancellation);
    }

    private async Task<IReadOnlyList<MeasuredWindow>> MeasureAsync(NodeForwarder server, UserSocket socket, int userPort, CancellationToken cancellation)
    {
        socket.DropEverything();
        var windows = new List<MeasuredWindow>();
        for (var repetition = 0; repetition < options.Repetitions; repetition++)
        {
            if (options.WithFloor)
            {
                var variant = new FloorVariant(options.Modes[0]);
                await using var floor = await FloorForwarder.StartAsync(
                    options.Core, options.FloorProgram, variant, options.Shape, userPort, options.PayloadLength, cancellation);
                windows.Add(await Measurement.RunAsync(floor, socket, options.Pace, cancellation));
            }

            windows.Add(await Measurement.RunAsync(server, socket, options.Pace, cancellation));
        }

        return windows;
    }
}
