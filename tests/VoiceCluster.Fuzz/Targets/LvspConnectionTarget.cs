using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Fuzz.Targets;

/// <summary>A backend that sends any lines it likes, a second apart, to a new connection and to a live one.</summary>
internal sealed class LvspConnectionTarget : IFuzzTarget
{
    private static readonly LvspConnectionOptions Options =
        new() { Secrets = new LvspSecrets(new LvspSecret("fuzz", LvspCorpus.Secret)), MaxFrameBytes = 1024 };

    public string Name => "lvsp-connection";

    public IEnumerable<byte[]> Corpus
    {
        get
        {
            var frames = LvspCorpus.FromBackend.ToList();
            yield return Join(frames);
            yield return Join(frames.Skip(2));
            yield return Join(frames.Skip(1));
            yield return Join(Enumerable.Repeat(frames[2], 40));
        }
    }

    public void Run(ReadOnlySpan<byte> input)
    {
        Feed(input, identified: false);
        Feed(input, identified: true);
    }

    private static void Feed(ReadOnlySpan<byte> input, bool identified)
    {
        var now = TimeSpan.FromHours(1);
        var connection = new LvspConnection(Options, LvspCorpus.Nonce, now);
        if (identified)
        {
            connection.HandleText(LvspCorpus.FromBackend.First(), now);
        }

        var closed = Answer(connection, now);
        foreach (var line in input.Split((byte)'\n'))
        {
            now += TimeSpan.FromSeconds(1);
            connection.HandleText(input[line], now);
            connection.HandleTimeout(now);
            closed |= Answer(connection, now);
            Check(closed == (connection.State == LvspConnectionState.Closed));
            Check(closed == (connection.NextTimeout is null));
        }
    }

    /// <summary>Does what an owner does; tells whether the connection asked to be closed.</summary>
    private static bool Answer(LvspConnection connection, TimeSpan now)
    {
        var closed = false;
        while (connection.TryPoll(out var output))
        {
            Check(!closed);
            switch (output)
            {
                case LvspOutput.Authenticated:
                    connection.AcceptIdentify("b41f", LvspHealth.Best, now);
                    break;
                case LvspOutput.ResumeRequested:
                    connection.AcceptResume(new LvspResumption("b41f", [], 3, null), LvspHealth.Best, now);
                    break;
                case LvspOutput.SendText:
                    connection.HandleSent();
                    break;
                case LvspOutput.Close:
                    closed = true;
                    break;
            }
        }

        return closed;
    }

    private static byte[] Join(IEnumerable<byte[]> frames) => [.. frames.SelectMany(frame => (byte[])[.. frame, (byte)'\n'])];

    private static void Check(bool holds)
    {
        if (!holds)
        {
            throw new InvalidOperationException("The connection broke its own rules.");
        }
    }
}
