using System.Collections.Immutable;
using System.Globalization;
using VoiceCluster.Crypto;
using VoiceCluster.LoadGen.Media;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.LoadGen.Bench;

/// <summary>Opens and compares every copy that the node and the floor send, so that what is measured elsewhere is known to be right.</summary>
internal sealed class VerifyPart : IBenchPart
{
    private const int SomeUsers = 200;
    private const double Copies = 3_000;
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(300);

    /// <inheritdoc />
    public string Name => "verify";

    /// <inheritdoc />
    public async Task<BenchSection> RunAsync(BenchOptions options, Action<string> progress, CancellationToken cancellation)
    {
        var modes = TransportEncryptionModes.All.Where(TransportCiphers.IsAvailable).ToImmutableArray();
        var results = new List<Verified>
        {
            await VerifyNodeAsync(options, modes, "node, all modes at once", progress, cancellation),
            await VerifyNodeAsync(options, [Load.Aes], "node, aead_aes256_gcm_rtpsize", progress, cancellation),
        };
        if (options.HasFloor)
        {
            foreach (var variant in Variants())
            {
                results.Add(await VerifyFloorAsync(options, variant, cancellation));
            }
        }

        return new BenchSection(
            "Every copy checked",
            Notes.Verify,
            ["server", "packets", "copies due", "right", "wrong", "missing"],
            [.. results.Select(Row)],
            [new Figure("verify.wrong", results.Sum(result => result.Wrong)), new Figure("verify.missing", results.Sum(result => result.Missing))]);
    }

    private static IEnumerable<FloorVariant> Variants()
    {
        yield return new FloorVariant(null);
        yield return new FloorVariant(Load.Aes);
        yield return new FloorVariant(Load.Aes, IsSingle: true);
        if (TransportCiphers.IsAvailable(Load.XChaCha))
        {
            yield return new FloorVariant(Load.XChaCha);
        }
    }

    private static async Task<Verified> VerifyNodeAsync(
        BenchOptions options, ImmutableArray<TransportEncryptionMode> modes, string name, Action<string> progress, CancellationToken cancellation)
    {
        var shape = Shape(options);
        await using var arena = await Arena.OpenAsync(options, shape, modes, progress, cancellation);
        arena.Socket.KeepEverything();
        var ciphers = Enumerable.Range(0, shape.Users).Select(TransportCipher? (user) => arena.CipherOf(user)).ToList();
        return await VerifyAsync(options, name, shape, arena.Server, arena.Socket, ciphers, cancellation);
    }

    private static async Task<Verified> VerifyFloorAsync(BenchOptions options, FloorVariant variant, CancellationToken cancellation)
    {
        var shape = Shape(options);
        var port = FreePorts.Take();
        using var socket = new Native.UserSocket(port);
        await using var floor = await FloorForwarder.StartAsync(
            options.Core, options.FloorProgram, variant, shape, port, options.PayloadLength, cancellation);
        var ciphers = Enumerable.Range(0, shape.Users)
            .Select(user => variant.Mode is { } mode ? TransportCiphers.Create(mode, FloorForwarder.KeyOf(user)) : null)
            .ToList();
        return await VerifyAsync(options, floor.Name, shape, floor, socket, ciphers, cancellation);
    }

    private static async Task<Verified> VerifyAsync(
        BenchOptions options,
        string name,
        CallShape shape,
        IForwarder forwarder,
        Native.UserSocket socket,
        List<TransportCipher?> ciphers,
        CancellationToken cancellation)
    {
        using var reader = new CopyReader(socket, shape.Users, user => ciphers[user], options.PayloadLength);
        long sent;
        using (var speech = new SpeechThread(socket, forwarder.Speakers, Copies / shape.FanOut))
        {
            await Task.Delay(options.Window, cancellation);
            speech.PacketsPerSecond = 0;
            sent = await AtRestAsync(() => speech.Sent, cancellation);
        }

        await AtRestAsync(() => reader.Right + reader.Wrong, cancellation);
        ciphers.ForEach(cipher => cipher?.Dispose());
        return new Verified(name, sent, sent * shape.FanOut, reader.Right, reader.Wrong);
    }

    // A count that has not moved for a while has come to its end.
    private static async Task<long> AtRestAsync(Func<long> read, CancellationToken cancellation)
    {
        for (var last = read(); ;)
        {
            await Task.Delay(Rest, cancellation);
            var now = read();
            if (now == last)
            {
                return now;
            }

            last = now;
        }
    }

    private static CallShape Shape(BenchOptions options) => CallShape.For(options.Users(SomeUsers), options.FanOut(10), speakers: 3);

    private static ImmutableArray<string> Row(Verified result) =>
        [result.Name, .. new[] { result.Sent, result.Due, result.Right, result.Wrong, result.Missing }.Select(Text)];

    private static string Text(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    private sealed record Verified(string Name, long Sent, long Due, long Right, long Wrong)
    {
        public long Missing => Math.Max(0, Due - Right - Wrong);
    }
}
