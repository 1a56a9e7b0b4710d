using System.CommandLine;
using Spectre.Console;
using VoiceCluster.LoadGen.Commands;
using VoiceCluster.LoadGen.Peers.Mumble;
using VoiceCluster.LoadGen.Peers.RtpEngine;

namespace VoiceCluster.LoadGen.Peers;

/// <summary><c>loadgen peer</c>: what the same fan-out costs other people's servers.</summary>
internal sealed class PeerCommand
{
    private readonly Option<int> _speakers = CommandOptions.Count("--speakers", "How many users speak.", 4);
    private readonly Option<int> _fanOut = CommandOptions.Count("--fan-out", "How many copies the server makes of each packet.", 50);
    private readonly Option<int> _rate = CommandOptions.Count("--rate", "How many packets each speaker sends in a second.", 50);
    private readonly Option<double> _warmUp = CommandOptions.Seconds("--warm-up", "Seconds of traffic before the measurement.", 1.5);
    private readonly Option<double> _window = CommandOptions.Seconds("--seconds", "Seconds of the measurement.", 4);
    private readonly Option<int?> _core = new("--core") { Description = "The core of what is measured; the load keeps off it.", HelpName = "n" };
    private readonly Option<bool> _verify = new("--verify") { Description = "Open and compare every copy, at a low rate, instead of measuring." };

    public static Command Create() => new("peer", "Measures a server of other people: processor time for one forwarded packet.")
    {
        new PeerCommand().For("mumble", "mumble-server, OCB2-AES128 for each listener.", new MumblePeer()),
        new PeerCommand().For("rtpengine", "rtpengine in user space, SRTP with AES-256-GCM for each subscriber.", new RtpEnginePeer()),
    };

    private Command For(string name, string description, IBenchPeer peer)
    {
        var command = new Command(name, description) { _speakers, _fanOut, _rate, _warmUp, _window, _core, _verify };
        command.Validators.Add(result =>
        {
            if (!result.Errors.Any() && result.GetValue(_fanOut) < result.GetValue(_speakers))
            {
                result.AddError("--fan-out is at least --speakers: speakers hear each other.");
            }
        });
        command.SetAction((parsed, cancellation) => RunAsync(peer, parsed, cancellation));
        return command;
    }

    private Task<int> RunAsync(IBenchPeer peer, ParseResult parsed, CancellationToken cancellation)
    {
        var console = new CommandConsole();
        if (peer.WhyMissing() is { } reason)
        {
            console.Output.WriteLine($"SKIPPED {peer.Name}: {reason}");
            return Task.FromResult(0);
        }

        if (parsed.GetValue(_core) is { } core)
        {
            LoadProcessors.KeepOff(core);
        }

        return console.RunAsync(() => RunAsync(peer, LoadFrom(parsed), parsed.GetValue(_verify), console.Output, cancellation));
    }

    private static async Task<bool> RunAsync(IBenchPeer peer, PeerLoad load, bool verify, IAnsiConsole console, CancellationToken cancellation)
    {
        if (verify)
        {
            var copies = await peer.VerifyAsync(load, cancellation);
            console.WriteLine(
                $"{(copies.AreComplete ? "GOOD" : "BAD")} {peer.Name}: {copies.Right} of {copies.Expected} copies came, opened and hold what was sent; {copies.Wrong} others came");
            return copies.AreComplete;
        }

        var figures = await peer.RunAsync(load, cancellation);
        console.WriteLine($"{peer.Name}, {load.Speakers} x {load.PacketsPerSecond} packets/s, fan-out {load.FanOut}, {load.PayloadBytes} bytes:");
        console.WriteLine(
            $"{figures.NanosecondsPerDatagram:0} ns of processor time per copy, {figures.Utilization:P1} of a core; " +
            $"{figures.PacketsIn} packets in, {figures.Datagrams} of {figures.Expected} copies out, {figures.Lost} missing");
        return true;
    }

    private PeerLoad LoadFrom(ParseResult parsed) => new()
    {
        Speakers = parsed.GetValue(_speakers),
        FanOut = parsed.GetValue(_fanOut),
        PacketsPerSecond = parsed.GetValue(_rate),
        WarmUp = TimeSpan.FromSeconds(parsed.GetValue(_warmUp)),
        Window = TimeSpan.FromSeconds(parsed.GetValue(_window)),
        ServerProcessor = parsed.GetValue(_core),
    };
}
