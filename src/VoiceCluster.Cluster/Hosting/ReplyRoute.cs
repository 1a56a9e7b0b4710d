namespace VoiceCluster.Cluster.Hosting;

/// <summary>The way back of one request; the first use counts. Safe for calls from any thread.</summary>
internal abstract class ReplyRoute
{
    private int _used;

    /// <summary>How another node is told of this way back.</summary>
    public abstract ReplyAddress Address { get; }

    public void Reply(IActorMessage reply)
    {
        if (Use())
        {
            OnReply(reply);
        }
    }

    public void Fail(AskFailure failure)
    {
        if (Use())
        {
            OnFail(failure);
        }
    }

    protected abstract void OnReply(IActorMessage reply);

    protected abstract void OnFail(AskFailure failure);

    private bool Use() => Interlocked.Exchange(ref _used, 1) == 0;
}

/// <summary>A request that came from another node, whichever asked it.</summary>
internal sealed class RemoteReplyRoute(RemoteTraffic traffic, ReplyAddress address) : ReplyRoute
{
    public override ReplyAddress Address => address;

    protected override void OnReply(IActorMessage reply)
    {
        if (traffic.TryEncode(reply, out var bytes))
        {
            traffic.SendBack(address, new RemoteEnvelope.Answer(address.Node.Incarnation, address.Correlation, bytes));
        }
        else
        {
            OnFail(AskFailure.Faulted);
        }
    }

    protected override void OnFail(AskFailure failure) =>
        traffic.SendBack(address, new RemoteEnvelope.Failure(address.Node.Incarnation, address.Correlation, failure));
}
