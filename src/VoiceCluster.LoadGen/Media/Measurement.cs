using VoiceCluster.LoadGen.Native;

namespace VoiceCluster.LoadGen.Media;

/// <summary>How long and how hard.</summary>
/// <param name="PacketsPerSecond">Of all speakers together.</param>
/// <param name="WarmUp">Traffic before the first reading.</param>
/// <param name="Window">Time between the readings.</param>
internal sealed record Pace(double PacketsPerSecond, TimeSpan WarmUp, TimeSpan Window)
{
    /// <summary>How many packets a speaker sends in one turn, back to back, as a picture's come; the pause after it is as much longer.</summary>
    public int Burst { get; init; } = 1;
}

/// <summary>Runs load against a forwarder and reads it at both ends of a window.</summary>
internal static class Measurement
{
    /// <summary>Measures once, with the forwarder's own speakers.</summary>
    public static Task<MeasuredWindow> RunAsync(IForwarder forwarder, UserSocket socket, Pace pace, CancellationToken cancellation) =>
        RunAsync(forwarder, forwarder.Speakers, socket, pace, cancellation);

    /// <summary>Measures once.</summary>
    /// <param name="forwarder">What is measured.</param>
    /// <param name="speakers">Those who speak, in the order of their turns.</param>
    /// <param name="socket">The users' socket.</param>
    /// <param name="pace">How hard and how long.</param>
    public static async Task<MeasuredWindow> RunAsync(
        IForwarder forwarder, IReadOnlyList<IPacketSource> speakers, UserSocket socket, Pace pace, CancellationToken cancellation)
    {
        using var speech = new SpeechThread(socket, speakers, pace.PacketsPerSecond, pace.Burst);
        await Task.Delay(pace.WarmUp, cancellation);
        var (sent, skipped) = (speech.Sent, speech.Skipped);
        var before = await forwarder.ReadAsync(cancellation);
        await Task.Delay(pace.Window, cancellation);
        var after = await forwarder.ReadAsync(cancellation);
        return new MeasuredWindow(forwarder.Name, before, after, speech.Sent - sent, speech.Skipped - skipped);
    }
}
