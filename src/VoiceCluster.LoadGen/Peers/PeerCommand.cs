using System.CommandLine;
using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Peers.Mumble;
using VoiceCluster.LoadGen.Peers.RtpEngine;

namespace VoiceCluster.LoadGen.Peers;

/// <summary><c>loadgen peer</c>: what the same fan-out costs other people's servers.</summary>
internal sealed class PeerCommand
{
    private readonly Option<int> _speakers = Count("--speakers", "How many users speak.", 4);
    private readonly Option<int> _fanOut = Count("--fan-out", "How many copies the server makes of each packet.", 50);
    private readonly Option<int> _rate = Count("--rate", "How many packets each speaker sends in a second.", 50);
    private readonly Option<int> _seconds = Count("--seconds", "How long is measured.", 4);
    private readonly Option<bool> _verify = new("--verify") { Description = "Open and compare every copy, at a low rate, instead of measuring." };

    public static Command Create() => new("peer", "Measures a server of other people: processor time for one forwarded packet.")
    {
        new PeerCommand().For("mumble", "mumble-server, OCB2-AES128 for each listener.", new MumblePeer()),
        new PeerCommand().For("rtpengine", "rtpengine in user space, SRTP with AES-256-GCM for each subscriber.", new RtpEnginePeer()),
    };

    private static Option<int> Count(string name, string description, int value)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => value, HelpName = "n" };
        option.Validators.Add(result =>
        {
            if (!result.Errors.Any() && result.GetValueOrDefault<int>() < 1)
            {
                result.AddError($"{name} is at least 1.");
            }
        });
        return option;
    }

    private Command For(string name, string description, IBenchPeer peer)
    {
        var command = new Command(name, description) { _speakers, _fanOut, _rate, _seconds, _verify };
        command.Validators.Add(result =>
        {
            if (!result.Errors.Any() && result.GetValue(_fanOut) < result.GetValue(_speakers))
            {
                result.AddError("--fan-out is at least --speakers: speakers hear each other.");
            }
        });
        command.SetAction((parsed, cancellation) => RunAsync(peer, LoadFrom(parsed), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(IBenchPeer peer, PeerLoad load, CancellationToken cancellation)
    {
        if (peer.WhyMissing() is { } reason)
        {
            Console.WriteLine($"SKIPPED {peer.Name}: {reason}");
            return 0;
        }

        try
        {
            LoadProcessors.KeepOff(load.ServerProcessor);
            var figures = await peer.RunAsync(load, cancellation);
            Console.WriteLine($"{peer.Name}, {load.Speakers} x {load.PacketsPerSecond} packets/s, fan-out {load.FanOut}, {load.PayloadBytes} bytes");
            Console.WriteLine(load.Verify ? Verified(figures) : Measured(figures));
            return load.Verify && figures.Datagrams != figures.Expected ? 1 : 0;
        }
        catch (ClientException exception)
        {
            Console.WriteLine($"BAD {peer.Name}: {exception.Message}");
            return 1;
        }
        catch (OperationCanceledException)
        {
            Console.WriteLine($"BAD {peer.Name}: stopped");
            return 1;
        }
    }

    private static string Measured(PeerFigures figures) =>
        $"{figures.NanosecondsPerDatagram:0} ns of processor time per forwarded packet; {figures.PacketsIn} packets in, " +
        $"{figures.Datagrams} of {figures.Expected} datagrams out, {figures.Lost} lost, {figures.Utilization:P0} of a core";

    private static string Verified(PeerFigures figures) =>
        $"{(figures.Datagrams == figures.Expected ? "GOOD" : "BAD")} {figures.Datagrams} of {figures.Expected} copies came, opened and hold what was sent; " +
        $"{figures.Wrong} wrong, {figures.Lost} lost";

    private PeerLoad LoadFrom(ParseResult parsed) => new()
    {
        Speakers = parsed.GetValue(_speakers),
        FanOut = parsed.GetValue(_fanOut),
        PacketsPerSecond = parsed.GetValue(_rate),
        Window = TimeSpan.FromSeconds(parsed.GetValue(_seconds)),
        Verify = parsed.GetValue(_verify),
    };
}
