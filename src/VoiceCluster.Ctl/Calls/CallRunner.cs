using VoiceCluster.Client.Calls;
using VoiceCluster.Client.Lvsp;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Ctl.Calls;

/// <summary>Makes one call, or one in each mode, and shows it.</summary>
internal sealed class CallRunner(LvspClientOptions backendOptions, TestCallOptions options, CallScreen screen)
{
    /// <summary>Makes one call; true if all was heard as it was said.</summary>
    public async Task<bool> RunAsync(CancellationToken cancellation)
    {
        await using var backend = await LvspClient.ConnectAsync(backendOptions, cancellation);
        return (await RunOneAsync(backend, options, cancellation)).IsGood;
    }

    /// <summary>Makes a call in the first mode offered, then one in each other mode that the node offered.</summary>
    public async Task<bool> RunEveryModeAsync(CancellationToken cancellation)
    {
        await using var backend = await LvspClient.ConnectAsync(backendOptions, cancellation);
        var (isGood, offered) = await RunOneAsync(backend, options, cancellation);
        foreach (var mode in offered.Skip(1))
        {
            var another = await RunOneAsync(backend, options with { Mode = mode }, cancellation);
            isGood &= another.IsGood;
        }

        screen.ShowSummary(isGood, offered);
        return isGood;
    }

    private async Task<(bool IsGood, IReadOnlyList<TransportEncryptionMode> Offered)> RunOneAsync(
        LvspClient backend, TestCallOptions callOptions, CancellationToken cancellation)
    {
        var call = new TestCall(backend, callOptions);
        var verdict = await screen.ShowWhileAsync(call, callOptions, call.RunAsync(cancellation));
        screen.ShowVerdict(call, verdict);
        return (verdict.IsGood, call.OfferedModes);
    }
}
