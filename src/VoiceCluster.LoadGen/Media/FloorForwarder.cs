using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using VoiceCluster.Client.Sockets;
using VoiceCluster.Crypto;
using VoiceCluster.LoadGen.Native;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Udp;

namespace VoiceCluster.LoadGen.Media;

/// <summary>How the floor program works.</summary>
/// <param name="Mode">The encryption; null for none.</param>
/// <param name="IsSingle">A system call per copy instead of per batch.</param>
internal sealed record FloorVariant(TransportEncryptionMode? Mode, bool IsSingle = false)
{
    /// <summary>What the program calls its encryption.</summary>
    public string Crypto => Mode switch
    {
        null => "none",
        TransportEncryptionMode.AeadAes256GcmRtpSize => "aes",
        TransportEncryptionMode.AeadXChaCha20Poly1305RtpSize => "xchacha",
        _ => throw new ArgumentOutOfRangeException(nameof(Mode), Mode, "The floor knows the two rtpsize AEAD modes."),
    };

    /// <summary>What the program calls its way of sending.</summary>
    public string Send => IsSingle ? "sendto" : "sendmmsg";
}

/// <summary>The floor program of <c>bench/floor.c</c>, with users that exist only as addresses and keys.</summary>
internal sealed class FloorForwarder : IForwarder
{
    /// <summary>The program, from the root of the repository.</summary>
    public const string DefaultProgram = "artifacts/bench/floor";

    private const int FirstSource = 1000;
    private static readonly ImmutableArray<string> DropNames = ["refused", "send_failures"];
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(20);

    private readonly PinnedProcess _process;
    private readonly ImmutableArray<SealedSpeaker> _speakers;

    private FloorForwarder(PinnedProcess process, FloorVariant variant, ImmutableArray<SealedSpeaker> speakers)
    {
        _process = process;
        _speakers = speakers;
        Name = $"floor, {variant.Crypto}, {variant.Send}";
    }

    /// <inheritdoc />
    public string Name { get; }

    /// <inheritdoc />
    public int ProcessId => _process.Id;

    /// <inheritdoc />
    public IReadOnlyList<IPacketSource> Speakers => _speakers;

    /// <summary>Starts the program.</summary>
    /// <param name="core">On which core.</param>
    /// <param name="program">The program.</param>
    /// <param name="variant">How it works.</param>
    /// <param name="shape">Who is in which channel.</param>
    /// <param name="userPort">The users' port.</param>
    /// <param name="payloadLength">Bytes of each packet's payload.</param>
    /// <exception cref="ClientException">It does not start.</exception>
    public static async Task<FloorForwarder> StartAsync(
        int? core, string program, FloorVariant variant, CallShape shape, int userPort, int payloadLength, CancellationToken cancellation)
    {
        var port = FreePorts.Take();
        string[] arguments =
        [
            "--port", Text(port), "--user-port", Text(userPort), "--channels", Text(shape.Channels), "--members", Text(shape.Members),
            "--speakers", Text(shape.Speakers), "--crypto", variant.Crypto, "--send", variant.Send,
        ];
        var process = PinnedProcess.Start(core, Path.GetFullPath(program), arguments);
        try
        {
            await process.LineAsync(static line => line == "ready", AnswerLimit, cancellation);
            return new FloorForwarder(process, variant, [.. shape.SpeakingUsers().Select(user => SpeakerOf(user, variant, port, payloadLength))]);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>The key of a user, made as the program makes it.</summary>
    public static byte[] KeyOf(int user)
    {
        var key = new byte[TransportCipher.KeyLength];
        var state = ((uint)user * 2_654_435_761u) + 1;
        for (var i = 0; i < key.Length; i++)
        {
            state = (state * 1_664_525u) + 1_013_904_223u;
            key[i] = (byte)(state >> 24);
        }

        return key;
    }

    /// <inheritdoc />
    public async Task<ForwarderReading> ReadAsync(CancellationToken cancellation)
    {
        _process.Signal(ProcessSignal.User1);
        var line = await _process.LineAsync(static line => line.StartsWith('{'), AnswerLimit, cancellation);
        return Parse(line) with { ResidentBytes = KernelCounters.ResidentBytes(ProcessId) };
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        foreach (var speaker in _speakers)
        {
            speaker.Dispose();
        }
    }

    /// <summary>Reads the line that the program prints.</summary>
    internal static ForwarderReading Parse(string line)
    {
        using var document = JsonDocument.Parse(line);
        long Read(string name) => document.RootElement.GetProperty(name).GetInt64();
        return new ForwarderReading
        {
            MonotonicNanoseconds = Read("time_ns"),
            CpuNanoseconds = Read("cpu_ns"),
            Received = Read("received"),
            Sent = Read("sent"),
            Receives = Read("receives"),
            Drops = DropNames.Where(name => Read(name) > 0).ToImmutableDictionary(name => name, Read),
        };
    }

    private static SealedSpeaker SpeakerOf(int user, FloorVariant variant, int port, int payloadLength)
    {
        const uint Loopback = 0x7F00_0001;
        var cipher = variant.Mode is { } mode ? TransportCiphers.Create(mode, KeyOf(user)) : null;
        return new SealedSpeaker(user, new Ssrc((uint)(FirstSource + user)), cipher, new Ipv4Endpoint(Loopback, (ushort)port), payloadLength);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
